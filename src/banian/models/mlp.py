"""A multilayer perceptron of two layers."""

from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout


@final
class MLP(nn.Module):
    """Two layers of rectified units with dropout, which comes first: what it makes is new, and rectified in place.

    Args:
        dim: Units of an input.
        hidden: Units of the first layer.
        width: Units of the second layer.
        dropout: Probability that a unit is zeroed in training.

    """

    def __init__(self, dim: int, *, hidden: int, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(dim, hidden),
            Dropout(dropout),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, width),
            Dropout(dropout),
            nn.ReLU(inplace=True),
        )

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch width"]:
        out: Tensor = self.layers(x)
        return out
