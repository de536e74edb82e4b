"""Linear maps side by side, of which every sharing is made."""

import math
from abc import ABC, abstractmethod
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.ownership import hold


class AbstractLinear(nn.Module, ABC):
    """Linear maps of equal shape, all in one product: of one input, or each of its own."""

    dim: int
    """Units of an input."""
    maps: int
    """How many; a single one may also be used for several inputs."""
    width: int
    """Units of an output."""
    is_owned: bool
    """Whether each task has maps of its own among them."""

    @abstractmethod
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        """Row b of the result depends on row b of the input alone."""


@final
class Linear(AbstractLinear):
    """Each map starts as `nn.Linear` would; with `tasks`, each task owns an equal part of the maps."""

    def __init__(self, dim: int, *, maps: int, width: int, tasks: int | None = None) -> None:
        super().__init__()
        self.dim, self.maps, self.width = dim, maps, width
        self.is_owned = tasks is not None
        bound = 1 / math.sqrt(dim)
        self.weight = hold(torch.empty(maps, width, dim).uniform_(-bound, bound), tasks=tasks)
        self.bias = hold(torch.empty(maps, width).uniform_(-bound, bound), tasks=tasks)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        return multiply(x, self.weight(), self.bias())


def multiply(
    x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"],
    weight: Float[Tensor, "_ width dim"],
    bias: Float[Tensor, "_ width"] | None = None,
) -> Float[Tensor, "batch map width"]:
    """Apply maps to one input, or each to its own, or a single map to several."""
    if x.ndim == 2:
        joined = None if bias is None else bias.flatten()
        return F.linear(x, weight.flatten(0, 1), joined).unflatten(1, weight.shape[:2])
    if len(weight) == 1:
        return F.linear(x, weight[0], None if bias is None else bias[0])
    out = torch.einsum("bmd,mwd->bmw", x, weight)
    return out if bias is None else out + bias
