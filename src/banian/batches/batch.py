"""The same rows as tensors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from banian.batches.events import Events, move


@final
@dataclass(frozen=True)
class Block:
    """The fields of one entity, as seen by the rows of one grain."""

    numeric: Float[Tensor, "batch field 3"]
    """Per number: its rank in [0, 1], the normal score of that rank, its clipped asinh-scaled value."""
    special: Int[Tensor, "batch field"]
    """Per number: 0 ordinary, 1 absent, 2 and more a value that holds many rows (`numeric` is then 0)."""
    categorical: Int[Tensor, "batch categorical"]
    """Codes into the vocabularies."""
    present: Bool[Tensor, " batch"]
    """Whether the row has such an entity; where not, the other tensors hold zeros."""
    events: Mapping[str, Events] = field(default_factory=dict)
    """Path → the newest events that each row sees."""
    kept: dict[object, Tensor] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What one encoder worked out of these tensors and the next one needs too; as long-lived as the block."""

    def map(self, change: Callable[[Tensor], Tensor]) -> "Block":
        """Apply the same change to every tensor with an axis of rows."""
        return Block(
            change(self.numeric),
            change(self.special),
            change(self.categorical),
            change(self.present),
            {path: seen.map(change) for path, seen in self.events.items()},
        )

    def to(self, device: torch.device, dtype: torch.dtype) -> "Block":
        """Move to a device; numbers become `dtype`, codes and masks keep theirs."""
        events = {path: seen.to(device, dtype) for path, seen in self.events.items()}
        return replace(self.map(lambda tensor: move(tensor, device, dtype)), events=events)


@final
@dataclass(frozen=True)
class Batch:
    """Rows of one grain: features, labels, and which labels are known."""

    grain: str
    tasks: tuple[str, ...]
    """The tasks of this grain, in the order of the task axis."""
    blocks: Mapping[str, Block]
    """Entity → its fields; entities that no row of this grain can have are left out."""
    scene: Int[Tensor, " batch"]
    """Code of the scene: 0 absent, 1 unseen."""
    level: Float[Tensor, "batch task"]
    """The entity's trailing amount or count; 0 where there is none."""
    label: Float[Tensor, "batch task"]
    """The truth; 0 where the mask is false."""
    mask: Bool[Tensor, "batch task"]
    """Whether the label may be used."""

    def __len__(self) -> int:
        return len(self.scene)

    def rows(self, index: Int[Tensor, " row"]) -> "Batch":
        """Select rows; the events that they see are shared."""

        def choose(tensor: Tensor) -> Tensor:
            return tensor[index]

        blocks = {entity: block.map(choose) for entity, block in self.blocks.items()}
        return self._map(choose, blocks)

    def masked(self, mask: Bool[Tensor, "batch task"]) -> "Batch":
        """Let only these labels be used."""
        return replace(self, mask=mask)

    def to(self, device: torch.device, dtype: torch.dtype = torch.float32) -> "Batch":
        """Move to a device; numbers become `dtype`, codes and masks keep theirs."""
        blocks = {entity: block.to(device, dtype) for entity, block in self.blocks.items()}
        return self._map(lambda tensor: move(tensor, device, dtype), blocks)

    def _map(self, change: Callable[[Tensor], Tensor], blocks: Mapping[str, Block]) -> "Batch":
        return Batch(
            self.grain,
            self.tasks,
            blocks,
            change(self.scene),
            change(self.level),
            change(self.label),
            change(self.mask),
        )
