"""Texts as vectors: each different text of a pass is encoded once, a missing one is a learned vector."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Fields, TextPart
from banian.models.encoders.hashed_text import HashedText
from banian.models.encoders.part_encoder import AbstractPartEncoder
from banian.spec import HashedTextSpec

_SCALE = 8.0
"""A text is known by few n-grams of many, so that each is met seldom: their vectors move faster by so much."""


@final
class TextsEncoder(AbstractPartEncoder):
    """Encodes the fields of text of an entity, a vector each, side by side.

    Args:
        fields: What the entity is described by.
        spec: How wide vectors are, and how many texts training takes for missing.

    """

    def __init__(self, fields: Fields, spec: HashedTextSpec) -> None:
        super().__init__(dim=len(fields.texts) * spec.width)
        self.dropout = spec.dropout
        self.bags = nn.ModuleList(
            HashedText(size, spec.width, sparse_rows=spec.sparse_rows)
            for size in fields.texts.values()
        )
        self.missing = nn.Parameter(torch.zeros(len(fields.texts), spec.width))

    @override
    def prepare(self, block: Block) -> Tensor:
        return block.part(TextPart).values.t()

    @override
    def forward(self, block: Block, prepared: Tensor) -> Float[Tensor, "batch dim"]:
        pools = block.part(TextPart).fields
        found = []
        for bag, missing, pool, values in zip(
            self.bags, self.missing, pools, prepared, strict=True
        ):
            if self.training and self.dropout:
                is_kept = torch.rand(values.shape, device=values.device) >= self.dropout
                values = values * is_kept
            texts, place = torch.unique(values, return_inverse=True)
            known = pool.choose(texts[texts > 0].long() - 1)
            vectors = _SCALE * bag(known.starts, known.buckets, known.weights)
            if len(vectors) < len(texts):  # the first of them is what is missing
                vectors = torch.cat([missing[None], vectors])
            found.append(vectors[place])
        return torch.cat(found, dim=1)
