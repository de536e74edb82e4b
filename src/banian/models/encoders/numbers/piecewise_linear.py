"""Numbers as vectors, each a linear combination of the number's components."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block
from banian.models.encoders.numbers.base import AbstractNumbers
from banian.models.encoders.numbers.components import STRAIGHT


@final
class PiecewiseLinearNumbers(AbstractNumbers):
    """Lines that bend at the edges of bins.

    With rank u, normal score z and asinh value a, the vector of field f is
    z·w₁ + a·w₂ + Σₖ clamp(bins·u − k, 0, 1)·w₃ₖ + table[f, special]. There is no bias: a special value
    comes with u = z = a = 0, and then the table alone speaks.

    Args:
        fields: How many numbers there are.
        bins: Into how many equal parts ranks are cut.
        specials: How many codes a value can have: 0 of an ordinary one, then those of special ones.
        width: Units of each number's vector.

    """

    def __init__(self, fields: int, *, bins: int, specials: int, width: int) -> None:
        super().__init__(fields, specials=specials, width=width, bins=bins)
        weight = torch.zeros(fields, STRAIGHT + bins, width)
        # The straight parts z and a start at random, the bins at zero: they bend the line only
        # where labels ask for it.
        nn.init.uniform_(weight[:, :STRAIGHT], -1 / math.sqrt(2), 1 / math.sqrt(2))
        self.weight = nn.Parameter(weight)

    @override
    def forward(
        self, block: Block, prepared: Float[Tensor, "field component batch"]
    ) -> Float[Tensor, "batch dim"]:
        return torch.bmm(self._maps(), prepared).flatten(0, 1).t()

    @override
    def write(
        self,
        block: Block,
        prepared: Float[Tensor, "field component batch"],
        out: Float[Tensor, "dim batch"],
    ) -> None:
        maps = self._maps()
        torch.bmm(maps, prepared, out=out.unflatten(0, maps.shape[:2]))

    def _maps(self) -> Float[Tensor, "field width component"]:
        # The table as one more product: many times faster than looking it up and scattering its gradient.
        return torch.cat([self.weight, self._table()], dim=1).transpose(1, 2)
