"""Products of the vectors of all pairs of entities of a row (bi-interaction pooling).

Source: He and Chua, "Neural Factorization Machines for Sparse Predictive Analytics", SIGIR 2017, equations 3 and 4.
"""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override


@final
class BiInteraction(nn.Module):
    """Sums the elementwise products of all pairs of entities, each first mapped by a matrix of its own.

    With vₑ = xₑ Pₑ this is Σ_{e<f} vₑ ⊙ v_f = ½ ((Σₑ vₑ)² − Σₑ vₑ²).

    Args:
        entities: How many entities there are.
        width: Units of each entity's vector.
        dim: Units of the result.

    """

    def __init__(self, entities: int, *, width: int, dim: int) -> None:
        super().__init__()
        self.dim = dim
        bound = 1 / math.sqrt(width)
        self.maps = nn.Parameter(torch.empty(entities, width, dim).uniform_(-bound, bound))

    @override
    def forward(self, x: Float[Tensor, "batch entity width"]) -> Float[Tensor, "batch dim"]:
        mapped = torch.einsum("bew,ewd->bed", x, self.maps)
        return (mapped.sum(dim=1).square() - mapped.square().sum(dim=1)) / 2
