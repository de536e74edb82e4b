"""The rows of several batches below each other, so that what grains share reads all of them in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from banian.batches import Batch, Block
from banian.models.encoders.part_encoder import Prepared


@final
@dataclass(frozen=True)
class JoinedRows:
    """Rows of several batches, and for each entity those that carry it.

    Args:
        batches: The batches, in the order in which their rows stand.
        blocks: Entity → its fields in the rows of all batches that carry it; those of its events are left out.

    """

    batches: tuple[Batch, ...]
    blocks: Mapping[str, Block]

    @property
    def sizes(self) -> list[int]:
        """How many rows each batch has."""
        return [batch.scene.shape[0] for batch in self.batches]

    @property
    def scene(self) -> Int[Tensor, " row"]:
        """The code of the scene of each row."""
        return _join([batch.scene for batch in self.batches])

    def place(
        self, entity: str, vectors: Float[Tensor, "carrying dim"] | None, absent: Tensor
    ) -> Float[Tensor, "row dim"]:
        """Put the vectors of an entity where its rows are, `absent` [dim] into those of the other batches."""
        found = iter(self._split(entity, vectors))
        return _join(
            [
                next(found) if entity in batch.blocks else absent.expand(batch.scene.shape[0], -1)
                for batch in self.batches
            ]
        )

    def prepared_of(self, at: int, prepared: Mapping[str, Prepared]) -> dict[str, Prepared]:
        """Choose, of what was prepared for the rows that carry each entity, that of one batch."""
        found: dict[str, Prepared] = {}
        for entity, tensors in prepared.items():
            carriers = [place for place, one in enumerate(self.batches) if entity in one.blocks]
            if at in carriers:
                start = sum(self.sizes[place] for place in carriers if place < at)
                found[entity] = {
                    semantic: tensor.narrow(-1, start, self.sizes[at])
                    for semantic, tensor in tensors.items()
                }
        return found

    def _split(self, entity: str, vectors: Tensor | None) -> Sequence[Tensor]:
        if vectors is None:
            return ()
        carriers = [batch for batch in self.batches if entity in batch.blocks]
        if len(carriers) == 1:
            return (vectors,)
        return vectors.split([batch.scene.shape[0] for batch in carriers])


def join_rows(batches: Sequence[Batch], entities: Sequence[str]) -> JoinedRows:
    """Put the rows of batches below each other; other entities than the named ones are left out."""
    carried = {
        name: [batch.blocks[name] for batch in batches if name in batch.blocks] for name in entities
    }
    blocks = {name: _join_blocks(found) for name, found in carried.items() if found}
    return JoinedRows(tuple(batches), blocks)


def _join_blocks(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    parts = zip(*(block.parts for block in blocks), strict=True)
    return Block(
        tuple(same[0].join(same) for same in parts),
        torch.cat([block.present for block in blocks]),
    )


def _join(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(list(tensors))
