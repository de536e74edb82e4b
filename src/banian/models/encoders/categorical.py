"""Categories as vectors."""

import math
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.features.codecs import FIRST


@final
class CategoricalEmbedding(nn.Module):
    """Embeds the codes of several fields, all in one table.

    Args:
        vocabulary_sizes: For each field, how many codes it has, absent and unseen among them.
        width: Units of each field's vector.

    """

    starts: Tensor

    def __init__(self, vocabulary_sizes: tuple[int, ...], *, width: int) -> None:
        super().__init__()
        self.dim = len(vocabulary_sizes) * width
        bound = 1 / math.sqrt(width)
        tables = [torch.empty(size, width).uniform_(-bound, bound) for size in vocabulary_sizes]
        for table in tables:
            # From zero, so that they stay neutral where training never met them.
            table[:FIRST] = 0
        self.table = nn.Embedding.from_pretrained(torch.cat(tables), freeze=False)
        sizes = torch.tensor(vocabulary_sizes)
        self.register_buffer("starts", sizes.cumsum(0) - sizes, persistent=False)

    @override
    def forward(self, codes: Int[Tensor, "batch field"]) -> Float[Tensor, "batch dim"]:
        vectors: Tensor = self.table(codes + self.starts)
        return vectors.flatten(1)
