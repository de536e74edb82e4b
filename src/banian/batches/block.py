"""The fields of one entity, and the events that it has seen, as tensors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import torch
from jaxtyping import Bool
from torch import Tensor

from banian.batches.events import Events, move
from banian.batches.parts import AbstractPart, P, Parts, find_part, replace_parts


@final
@dataclass(frozen=True)
class Block:
    """The fields of one entity, as seen by the rows of one grain.

    Args:
        parts: its fields by semantic type; numbers and categories are always there, if only with no field.
        present: whether the row has such an entity; where not, the parts hold zeros.
        events: path → the newest events that each row sees.

    """

    parts: Parts
    present: Bool[Tensor, " batch"]
    events: Mapping[str, Events] = field(default_factory=dict)

    def part(self, wanted: type[P]) -> P:
        """Give the fields of one semantic type."""
        return find_part(self.parts, wanted)

    def with_parts(self, *others: AbstractPart) -> "Block":
        """Put others in the place of parts of the same semantic types."""
        return replace(self, parts=replace_parts(self.parts, others))

    def map(self, change: Callable[[Tensor], Tensor]) -> "Block":
        """Apply the same change to every tensor with an axis of rows."""
        return Block(
            tuple(part.map(change) for part in self.parts),
            change(self.present),
            {path: seen.map(change) for path, seen in self.events.items()},
        )

    def to(self, device: torch.device, dtype: torch.dtype) -> "Block":
        """Move to a device; numbers become `dtype`, codes and masks keep theirs."""
        events = {path: seen.to(device, dtype) for path, seen in self.events.items()}
        moved = self.map(lambda tensor: move(tensor, device, dtype))
        parts = (part.map_pools(lambda tensor: move(tensor, device, dtype)) for part in moved.parts)
        return replace(moved, parts=tuple(parts), events=events)
