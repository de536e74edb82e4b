"""Several perceptrons side by side."""

import math
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override


@final
class Experts(nn.Module):
    """Two-layer perceptrons of equal shape on the same input, all in one product per layer."""

    def __init__(self, dim: int, *, experts: int, width: int, dropout: float) -> None:
        super().__init__()
        self.shape = (experts, width)
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(dim, experts * width)
        # Each expert starts as `nn.Linear(width, width)` would.
        bound = 1 / math.sqrt(width)
        self.weight = nn.Parameter(torch.empty(experts, width, width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(experts, width).uniform_(-bound, bound))

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch expert width"]:
        hidden = self.dropout(F.relu(self.first(x))).unflatten(1, self.shape)
        out = torch.einsum("beh,ehw->bew", hidden, self.weight) + self.bias
        dropped: Tensor = self.dropout(F.relu(out))
        return dropped
