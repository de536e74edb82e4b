"""Which rows of every grain go into the next step."""

import math
from collections.abc import Iterator, Mapping

import torch

from banian.batches import Batch


class MicroBatches:
    """Draws a micro-batch of every grain per step, so that all grains are passed over in the same time.

    The largest grain gives `rows` rows per step, the others in proportion.
    """

    def __init__(
        self, grains: Mapping[str, Batch], *, rows: int, generator: torch.Generator
    ) -> None:
        largest = max(len(batch) for batch in grains.values())
        self.steps_per_epoch = math.ceil(largest / rows)
        """Steps in which every row was seen once."""
        self._grains = grains
        self._generator = generator

    def epoch(self) -> Iterator[dict[str, Batch]]:
        """Yield the micro-batches of one pass, grain → rows; a grain may be missing from some steps."""
        parts = {
            grain: torch.randperm(len(batch), generator=self._generator).tensor_split(
                self.steps_per_epoch
            )
            for grain, batch in self._grains.items()
        }
        for step in range(self.steps_per_epoch):
            chosen = {grain: part[step] for grain, part in parts.items() if len(part[step])}
            yield {grain: self._grains[grain].rows(index) for grain, index in chosen.items()}
