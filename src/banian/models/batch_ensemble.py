"""An ensemble in one network: its members stand next to each other on the batch axis, so that no layer needs another.

Source: Gorishniy et al., "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling",
ICLR 2025, section 3.2: TabM itself, not TabM-mini; after Wen et al., "BatchEnsemble", ICLR 2020.
"""

import math
from typing import final

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from typing_extensions import override


def repeat_for_members(
    rows: Shaped[Tensor, "batch *rest"], members: int
) -> Shaped[Tensor, "row *rest"]:
    """Repeat every row for each member.

    >>> repeat_for_members(torch.tensor([3, 5]), 2)
    tensor([3, 3, 5, 5])
    """
    return rows.unsqueeze(1).expand(-1, members, *rows.shape[1:]).flatten(0, 1)


def split_members(
    rows: Shaped[Tensor, "row *rest"], members: int
) -> Shaped[Tensor, "batch member *rest"]:
    """Give the members an axis of their own.

    >>> split_members(torch.tensor([3, 3, 5, 5]), 2)
    tensor([[3, 3],
            [5, 5]])
    """
    return rows.unflatten(0, (rows.shape[0] // members, members))


@final
class MemberInput(nn.Module):
    """Multiplies the input by signs of each member's own, which is what makes members differ.

    The signs are r of all layers that see the input (equation 1), random ±1 at the start, then learned.

    Args:
        dim: Units of the input.
        members: How many members the ensemble has.

    """

    def __init__(self, dim: int, *, members: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randint(2, (members, dim)) * 2.0 - 1)

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "row dim"]:
        return (x.unsqueeze(1) * self.scale).flatten(0, 1)


@final
class MemberLinear(nn.Module):
    """A head of an ensemble: a linear map per member, which share nothing.

    Args:
        dim: Units of an input.
        width: Units of an output.
        members: How many members the ensemble has.

    """

    def __init__(self, dim: int, width: int, *, members: int) -> None:
        super().__init__()
        self.members = members
        bound = 1 / math.sqrt(dim)  # as `nn.Linear` starts
        self.weight = nn.Parameter(torch.empty(members, width, dim).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, width).uniform_(-bound, bound))

    @override
    def forward(self, x: Float[Tensor, "row dim"]) -> Float[Tensor, "row width"]:
        out = torch.einsum("bmd,mwd->bmw", split_members(x, self.members), self.weight) + self.bias
        return out.flatten(0, 1)
