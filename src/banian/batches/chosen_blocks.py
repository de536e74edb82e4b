"""Some rows of blocks that stay where they lie, on disk perhaps, until they are read."""

from collections.abc import Iterator, Mapping
from typing import final

import torch
from jaxtyping import Int
from torch import Tensor
from typing_extensions import override

from banian.batches.block import Block


@final
class ChosenBlocks(Mapping[str, Block]):
    """Entity → the chosen rows of its block, gathered whenever they are asked for.

    Args:
        blocks: Entity → its block with all rows.
        index: Which rows, in their order.

    """

    def __init__(self, blocks: Mapping[str, Block], index: Int[Tensor, " row"]) -> None:
        self._blocks, self._index = blocks, index

    @override
    def __getitem__(self, entity: str) -> Block:
        index = self._index
        return self._blocks[entity].map(lambda tensor: tensor[index])

    @override
    def __contains__(self, entity: object) -> bool:
        return entity in self._blocks  # without gathering its rows

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    @override
    def __len__(self) -> int:
        return len(self._blocks)

    def rows(self, index: Int[Tensor, " row"] | slice) -> dict[str, Block]:
        """Gather some of the chosen rows, and no others."""
        return dict(ChosenBlocks(self._blocks, self._index[index]))

    def to(self, device: torch.device, dtype: torch.dtype) -> "ChosenBlocks":
        """Move all rows to a device; what is there already stays where it lies."""
        moved = {entity: block.to(device, dtype) for entity, block in self._blocks.items()}
        return ChosenBlocks(moved, self._index.to(device))
