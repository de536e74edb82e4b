"""Which rows of every grain go into the next step."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import UInt8
from torch import Tensor

from banian.batches import Batch


class MicroBatches:
    """Draws micro-batches of every grain for each step, so that all grains are passed over in the same time.

    The largest grain gives `rows` rows per micro-batch, the others in proportion; a step has so many `per_step`. Each
    pass has a random order of its own.

    Args:
        grains: Grain → all its training rows.
        rows: Rows of the largest grain in a micro-batch; the others give theirs in proportion.
        per_step: Micro-batches of a step.
        generator: What the order of rows is drawn from.

    """

    def __init__(
        self,
        grains: Mapping[str, Batch],
        *,
        rows: int,
        per_step: int = 1,
        generator: torch.Generator,
    ) -> None:
        largest = max(len(batch) for batch in grains.values())
        self._per_step = per_step
        self.steps_per_epoch = math.ceil(largest / (rows * per_step))
        """Steps in which every row was seen once."""
        self._grains = grains
        self._generator = generator
        self._shuffle()

    def draw(self) -> list[dict[str, Batch]]:
        """Give the micro-batches of the next step, each grain → rows; a grain may be missing from some."""
        if self._at == self.steps_per_epoch:
            self._shuffle()
        first = self._at * self._per_step
        self._at += 1
        drawn = (self._rows(at) for at in range(first, first + self._per_step))
        return [grains for grains in drawn if grains]

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
                self.steps_per_epoch * self._per_step
            )
            for grain, batch in self._grains.items()
        }

    def _rows(self, at: int) -> dict[str, Batch]:
        return {
            grain: self._grains[grain].rows(parts[at])
            for grain, parts in self._parts.items()
            if len(parts[at])
        }
