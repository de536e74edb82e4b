"""Numbers as vectors.

Source: Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS
2022, section 3.2 (piecewise linear encoding), here with equal bins of the rank.
"""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block

BINS = 16
"""More bins overfit small tables, fewer blur steps."""


@final
class NumericEmbedding(nn.Module):
    """Embeds every number of an entity by maps of its own; special values by a table.

    With rank u, normal score z and asinh value a, the vector of field f is
    z·w₁ + a·w₂ + Σₖ clamp(16u − k, 0, 1)·w₃ₖ + table[f, special]. There is no bias: a special value
    comes with u = z = a = 0, and then the table alone speaks; an ordinary one leaves the table out.
    """

    codes: Tensor
    bin_starts: Tensor

    def __init__(self, fields: int, *, specials: int, width: int) -> None:
        super().__init__()
        self.dim = fields * width
        weight = torch.zeros(fields, 2 + BINS, width)
        # The straight parts z and a start at random, the bins at zero: they bend the line only
        # where labels ask for it.
        nn.init.uniform_(weight[:, :2], -1 / math.sqrt(2), 1 / math.sqrt(2))
        self.weight = nn.Parameter(weight)
        # From zero, so that a special value which training never met stays neutral.
        self.special = nn.Embedding.from_pretrained(
            torch.zeros(fields * specials, width), freeze=False
        )
        self.register_buffer("codes", torch.arange(1, specials), persistent=False)
        self.register_buffer(
            "bin_starts", torch.arange(BINS, dtype=torch.get_default_dtype()), persistent=False
        )

    @override
    def forward(self, block: Block) -> Float[Tensor, "batch dim"]:
        rank = block.numeric[:, :, :1]
        bins = (rank * BINS - self.bin_starts).clamp(0, 1)
        # The table as one more product: many times faster than looking it up and scattering its gradient.
        is_code = block.special.unsqueeze(2) == self.codes
        components = torch.cat([block.numeric[:, :, 1:], bins, is_code.to(bins.dtype)], dim=2)
        fields, _, width = self.weight.shape
        table = self.special.weight.view(fields, -1, width)[:, 1:]
        weight = torch.cat([self.weight, table], dim=1)
        return torch.einsum("bfk,fkw->bfw", components, weight).flatten(1)
