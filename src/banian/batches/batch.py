"""The same rows as tensors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from banian.batches.block import Block
from banian.batches.chosen_blocks import ChosenBlocks
from banian.batches.events import move


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
    teacher: Float[Tensor, "batch task"] | None = None
    """What a teacher says, in the units of the label; NaN where it says nothing, nothing where there is none."""
    seen: Mapping[str, Int[Tensor, "batch _ 2"]] = field(default_factory=dict)
    """Task → the codes of the items that the row's entity turned to before, and how long ago each: 0 lately, then
    more; -1 behind the last. Only of tasks that rank items."""
    codes: Mapping[str, Int[Tensor, "batch _"]] = field(default_factory=dict)
    """Task → what else its label holds: the codes of a list's items, -1 behind the last, or of the arm of a trial."""
    weight: Float[Tensor, "batch task"] | None = None
    """How much each row counts, 1 on average over a task's labels; nothing where all count alike."""
    had: Mapping[str, Int[Tensor, "batch _"]] = field(default_factory=dict)
    """Task → the codes of the items that the row's entity had ever before, -1 behind the last, for tasks that ask for
    new ones."""

    def __len__(self) -> int:
        return len(self.scene)

    @property
    def fields(self) -> int:
        """How many fields a row has, of all its entities."""
        blocks = self.rows(slice(0, 1)).blocks.values()
        return sum(next(iter(part.tensors.values())).shape[1] for b in blocks for part in b.parts)

    def truth(self, task: str) -> Float[Tensor, "batch *part"]:
        """Give a task's labels, 0 where none may be used; beside each what else it holds, if there is such."""
        at = self.tasks.index(task)
        known, label = self.mask[:, at], self.label[:, at]
        # Fillers are replaced before the loss, so that not even a NaN among them has a gradient.
        label = torch.where(known, label, 0)
        if task not in self.codes:
            return label
        codes = self.codes[task].to(label)
        return torch.cat([label.unsqueeze(1), torch.where(known.unsqueeze(1), codes, -1)], dim=1)

    def rows(self, index: Int[Tensor, " row"] | slice) -> "Batch":
        """Gather rows; the events that they see are shared, and with a slice the rows themselves."""

        def gather(tensor: Tensor) -> Tensor:
            return tensor[index]

        if isinstance(self.blocks, ChosenBlocks):
            return self._map(gather, self.blocks.rows(index))
        return self._map(gather, {entity: b.map(gather) for entity, b in self.blocks.items()})

    def choose(self, index: Int[Tensor, " row"]) -> "Batch":
        """Choose rows of which the fields stay where they lie until `rows` gathers some of them."""
        assert not isinstance(self.blocks, ChosenBlocks)
        return self._map(lambda tensor: tensor[index], ChosenBlocks(self.blocks, index))

    def masked(self, mask: Bool[Tensor, "batch task"]) -> "Batch":
        """Let only these labels be used; weights become 1 on average over them."""
        if self.weight is None:
            return replace(self, mask=mask)
        total = torch.where(mask, self.weight, 0).double().sum(dim=0)
        mean = torch.where(total > 0, total / mask.sum(dim=0).clamp(min=1), 1)
        return replace(self, mask=mask, weight=(self.weight / mean).to(self.weight))

    @property
    def label_weight(self) -> Float[Tensor, "batch task"]:
        """How much each row's label counts: 0 where it may not be used, else 1 or its weight."""
        used = self.mask.to(self.label)
        return used if self.weight is None else torch.where(self.mask, self.weight, used)

    def taught(self, teacher: Float[Tensor, "batch task"]) -> "Batch":
        """Let a teacher speak of these rows."""
        return replace(self, teacher=teacher)

    def to(self, device: torch.device, dtype: torch.dtype = torch.float32) -> "Batch":
        """Move to a device; numbers become `dtype`, codes and masks keep theirs."""
        blocks: Mapping[str, Block]
        if isinstance(self.blocks, ChosenBlocks):
            blocks = self.blocks.to(device, dtype)
        else:
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
            None if self.teacher is None else change(self.teacher),
            {task: change(seen) for task, seen in self.seen.items()},
            {task: change(codes) for task, codes in self.codes.items()},
            None if self.weight is None else change(self.weight),
            {task: change(codes) for task, codes in self.had.items()},
        )
