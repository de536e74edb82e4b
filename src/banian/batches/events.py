"""The newest events of an entity as tensors, each event once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from banian.batches.parts import P, Parts, find_part


@final
@dataclass(frozen=True)
class Events:
    """A pool of events, and which of them each row sees.

    Args:
        parts: the fields of the events by semantic type, as in a block, but one row per event.
        first: where the newest event of a row stands in the pool; older ones follow.
        count: how many events a row sees, at most as many as there are steps.
        age: days since each of them on a log scale, in standard deviations; anything behind the last one.

    """

    parts: Parts
    first: Int[Tensor, " batch"]
    count: Int[Tensor, " batch"]
    age: Float[Tensor, "batch step"]

    def part(self, wanted: type[P]) -> P:
        """Give the fields of one semantic type."""
        return find_part(self.parts, wanted)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Events":
        """Apply the same change to every tensor with an axis of rows; the pool stays."""
        return replace(
            self, first=change(self.first), count=change(self.count), age=change(self.age)
        )

    def to(self, device: torch.device, dtype: torch.dtype) -> "Events":
        """Move to a device; ages become `dtype`, the pool keeps its types, for few of its events are used at once."""
        return Events(
            tuple(part.map(lambda tensor: tensor.to(device)) for part in self.parts),
            self.first.to(device),
            self.count.to(device),
            move(self.age, device, dtype),
        )


def move(tensor: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Move a tensor to a device; numbers become `dtype`, codes and masks keep theirs."""
    return tensor.to(device, dtype if tensor.is_floating_point() else None)
