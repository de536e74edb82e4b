"""Which rows of every grain go into the next step."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import UInt8
from torch import Tensor

from banian.batches import Batch


class MicroBatches:
    """Draws a micro-batch of every grain per step, so that all grains are passed over in the same time.

    The largest grain gives `rows` rows per step, the others in proportion. Each pass has a random order of its own.
    """

    def __init__(
        self, grains: Mapping[str, Batch], *, rows: int, generator: torch.Generator
    ) -> None:
        largest = max(len(batch) for batch in grains.values())
        self.steps_per_epoch = math.ceil(largest / rows)
        """Steps in which every row was seen once."""
        self._grains = grains
        self._generator = generator
        self._shuffle()

    def draw(self) -> dict[str, Batch]:
        """Give the next micro-batches, grain → rows; a grain may be missing from some steps."""
        if self._at == self.steps_per_epoch:
            self._shuffle()
        chosen = {g: parts[self._at] for g, parts in self._parts.items() if len(parts[self._at])}
        self._at += 1
        return {grain: self._grains[grain].rows(index) for grain, index in chosen.items()}

    @property
    def position(self) -> tuple[UInt8[Tensor, " byte"], int]:
        """The generator's state when the present pass began, and the steps drawn since."""
        return self._begun, self._at

    def seek(self, begun: UInt8[Tensor, " byte"], at: int) -> None:
        """Go on where `position` was taken."""
        self._generator.set_state(begun)
        self._shuffle()
        self._at = at

    def _shuffle(self) -> None:
        self._begun, self._at = self._generator.get_state(), 0
        self._parts = {
            grain: torch.randperm(len(batch), generator=self._generator).tensor_split(
                self.steps_per_epoch
            )
            for grain, batch in self._grains.items()
        }
