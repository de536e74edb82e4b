"""Linear maps of an ensemble whose members share the weights.

Source: Gorishniy et al., "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling",
ICLR 2025, equation 1 and "TabM" in section 3.2, after Wen et al., "BatchEnsemble", ICLR 2020.
"""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from typing_extensions import override

from banian.models.members import unfold
from banian.models.ownership import hold
from banian.models.sharing.linear import AbstractLinear, Linear, multiply


@final
class EnsembleLinear(AbstractLinear):
    """Member m computes s_m ⊙ W(r_m ⊙ x) + b_m; rows of members stand next to each other.

    r and s start at 1, and all b_m at the same values. A `first` layer has no r: its input comes from
    `MemberInput`, which has applied it already.
    """

    def __init__(
        self,
        dim: int,
        *,
        maps: int,
        width: int,
        members: int,
        first: bool,
        tasks: int | None = None,
    ) -> None:
        super().__init__()
        self.dim, self.maps, self.width = dim, maps, width
        self.is_owned = tasks is not None
        self.members = members
        bound = 1 / math.sqrt(dim)
        self.weight = hold(torch.empty(maps, width, dim).uniform_(-bound, bound), tasks=tasks)
        bias = torch.empty(maps, 1, width).uniform_(-bound, bound)
        self.bias = hold(bias.repeat(1, members, 1), tasks=tasks)
        self.scale_out = hold(torch.ones(maps, members, width), tasks=tasks)
        self.scale_in = None if first else hold(torch.ones(maps, members, dim), tasks=tasks)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        if self.scale_in is not None:
            x = (unfold(x, self.members) * self.scale_in().transpose(0, 1)).flatten(0, 1)
        out = unfold(multiply(x, self.weight()), self.members)
        scale, bias = self.scale_out().transpose(0, 1), self.bias().transpose(0, 1)
        return torch.addcmul(bias, out, scale).flatten(0, 1)


def build_linear(
    dim: int,
    *,
    maps: int,
    width: int,
    members: int,
    first: bool = False,
    tasks: int | None = None,
) -> AbstractLinear:
    """Build plain maps for one member, else those of an ensemble; `first` ones see the input of the sharing."""
    if members == 1:
        return Linear(dim, maps=maps, width=width, tasks=tasks)
    return EnsembleLinear(dim, maps=maps, width=width, members=members, first=first, tasks=tasks)
