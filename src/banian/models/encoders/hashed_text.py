"""Bags of n-grams as vectors.

Source: Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017; the attention is that of
Ilse et al., "Attention-based Deep Multiple Instance Learning", ICML 2018, with a score for each n-gram.
"""

import math
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override


@final
class HashedText(nn.Module):
    """Adds the vectors of a text's n-grams, each by its weight and by how much n-grams like it turned out to tell.

    With w the weights of a text's n-grams, s their scores, e their vectors, and a = w · exp(s): the text's vector is
    Σ a·e / √(Σ a²); zeros for a text without n-grams. It does not depend on the texts beside it.

    Args:
        size: How many n-grams there are.
        dim: Units of a vector.
        dropout: The share of a text's n-grams that training leaves out, other ones each time.
        sparse_rows: From so many n-grams on gradients are sparse, so that a step moves only those it met.

    """

    def __init__(
        self, size: int, dim: int, *, dropout: float = 0.0, sparse_rows: int | None = None
    ) -> None:
        super().__init__()
        self.dim, self.dropout = dim, dropout
        sparse = sparse_rows is not None and size >= sparse_rows
        bound = 1 / math.sqrt(dim)
        drawn = torch.empty(size, dim).uniform_(-bound, bound)
        self.vectors = nn.Embedding.from_pretrained(drawn, freeze=False, sparse=sparse)
        self.scores = nn.Embedding.from_pretrained(
            torch.zeros(size, 1), freeze=False, sparse=sparse
        )

    @override
    def forward(
        self,
        starts: Int[Tensor, " _"],
        buckets: Int[Tensor, " token"],
        weights: Float[Tensor, " token"],
    ) -> Float[Tensor, "value {self.dim}"]:
        if self.training and self.dropout:
            weights = weights * (torch.rand_like(weights) >= self.dropout)
        attention = weights * self.scores(buckets).squeeze(1).exp()
        total = F.embedding_bag(
            buckets,
            self.vectors.weight,
            starts,
            mode="sum",
            sparse=self.vectors.sparse,
            per_sample_weights=attention,
            include_last_offset=True,
        )
        squares = torch.segment_reduce(attention.square(), "sum", offsets=starts, initial=0)
        # Of an empty text both are zero.
        return total / torch.where(squares > 0, squares, 1).sqrt()[:, None]
