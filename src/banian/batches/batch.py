"""The same rows as tensors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from banian.batches.number import FEWEST_BINS


@final
@dataclass(frozen=True)
class Fields:
    """What the block of an entity consists of; enough to build its encoder."""

    numeric: int
    """Fields with a number."""
    specials: int
    """Codes of a numeric field's `special`: ordinary, absent, heavy values."""
    vocabulary_sizes: tuple[int, ...]
    """Per categorical field, its codes: absent (0), unseen (1), then the known ones."""
    names: tuple[str, ...] = ()
    """Per categorical field, its name; its place where there are no names."""
    bins: int = FEWEST_BINS
    """Into how many bins the ranks of a number fall."""

    @property
    def categories(self) -> dict[str, int]:
        """Map each categorical field to the number of its codes."""
        names = self.names or tuple(map(str, range(len(self.vocabulary_sizes))))
        return dict(zip(names, self.vocabulary_sizes, strict=True))


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
    kept: dict[object, Tensor] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What one encoder worked out of these tensors and the next one needs too; as long-lived as the block."""

    def map(self, change: Callable[[Tensor], Tensor]) -> "Block":
        """Apply the same change to every tensor."""
        return Block(
            change(self.numeric),
            change(self.special),
            change(self.categorical),
            change(self.present),
        )


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
        """Select rows."""
        return self._map(lambda tensor: tensor[index])

    def masked(self, mask: Bool[Tensor, "batch task"]) -> "Batch":
        """Let only these labels be used."""
        return replace(self, mask=mask)

    def to(self, device: torch.device, dtype: torch.dtype = torch.float32) -> "Batch":
        """Move to a device; numbers become `dtype`, codes and masks keep theirs."""
        return self._map(
            lambda tensor: tensor.to(device, dtype if tensor.is_floating_point() else None)
        )

    def _map(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        return Batch(
            self.grain,
            self.tasks,
            {entity: block.map(change) for entity, block in self.blocks.items()},
            change(self.scene),
            change(self.level),
            change(self.label),
            change(self.mask),
        )
