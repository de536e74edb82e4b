"""A small transformer over the events of a row.

Source: Chen et al., "Behavior Sequence Transformer for E-commerce Recommendation in Alibaba", DLP-KDD 2019, section 2;
layers normalised at their entrance after Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML
2020.
"""

import math
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.dropout import Dropout
from banian.models.encoders.histories.base import AbstractHistory


@final
class Transformer(AbstractHistory):
    """One layer of attention over the events and the query, and the mean of the resulting tokens.

    With tokens s₀ = q and sⱼ = eⱼ + pⱼ, where p is learned per recency: s ← s + attention(norm(s)), s ← s +
    perceptron(norm(s)), and the mean of the tokens that are there.

    Args:
        width: Units of an event, of the query and of the result; a multiple of `heads`.
        steps: How many events a row sees at most.
        heads: Heads of the attention.
        dropout: Probability that a unit is zeroed in training.

    """

    def __init__(self, width: int, *, steps: int, heads: int, dropout: float) -> None:
        super().__init__(width)
        self.heads = heads
        self.positions = nn.Parameter(torch.zeros(steps, width))
        self.before_attention = nn.LayerNorm(width)
        self.projections = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.before_perceptron = nn.LayerNorm(width)
        self.perceptron = nn.Sequential(
            nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )
        self.dropout = Dropout(dropout)

    @override
    def _read(self, query: Tensor, events: Tensor, is_there: Tensor) -> Tensor:
        tokens = torch.cat([query.unsqueeze(1), events + self.positions], dim=1)
        is_token = torch.cat([is_there.new_ones(is_there.shape[0], 1), is_there], dim=1)
        tokens = tokens + self.dropout(self._attend(self.before_attention(tokens), is_token))
        tokens = tokens + self.dropout(self.perceptron(self.before_perceptron(tokens)))
        counted = is_token.unsqueeze(2).to(tokens.dtype)
        return (tokens * counted).sum(dim=1) / counted.sum(dim=1)

    def _attend(
        self, x: Float[Tensor, "batch token width"], is_token: Bool[Tensor, "batch token"]
    ) -> Float[Tensor, "batch token width"]:
        parts = self.projections(x).unflatten(2, (3, self.heads, -1))
        asks, keys, values = parts.unbind(2)
        scores = torch.einsum("bihd,bjhd->bhij", asks, keys) / math.sqrt(asks.shape[-1])
        # Every token sees the query at least, so that no row of weights is empty.
        scores = scores.masked_fill(~is_token[:, None, None, :], -torch.inf)
        seen = torch.einsum("bhij,bjhd->bihd", scores.softmax(dim=3), values)
        joined: Tensor = self.joined(seen.flatten(2))
        return joined
