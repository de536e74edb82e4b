"""The newest events of an entity as tensors, each event once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor


@final
@dataclass(frozen=True)
class Events:
    """A pool of events, and which of them each row sees."""

    numeric: Float[Tensor, "event field 3"]
    """As in a block, but one row per event."""
    special: Int[Tensor, "event field"]
    categorical: Int[Tensor, "event categorical"]
    first: Int[Tensor, " batch"]
    """Where the newest event of a row stands in the pool; older ones follow."""
    count: Int[Tensor, " batch"]
    """How many events a row sees, at most as many as there are steps."""
    age: Float[Tensor, "batch step"]
    """Days since each of them on a log scale, in standard deviations; anything behind the last one."""

    def map(self, change: Callable[[Tensor], Tensor]) -> "Events":
        """Apply the same change to every tensor with an axis of rows; the pool stays."""
        return replace(
            self, first=change(self.first), count=change(self.count), age=change(self.age)
        )

    def to(self, device: torch.device, dtype: torch.dtype) -> "Events":
        """Move to a device; ages become `dtype`, the pool keeps its types, for few of its events are used at once."""
        return Events(
            self.numeric.to(device),
            self.special.to(device),
            self.categorical.to(device),
            self.first.to(device),
            self.count.to(device),
            move(self.age, device, dtype),
        )


def move(tensor: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Move a tensor to a device; numbers become `dtype`, codes and masks keep theirs."""
    return tensor.to(device, dtype if tensor.is_floating_point() else None)
