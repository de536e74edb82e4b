"""Different texts as bags of n-grams, which rows share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor


@final
@dataclass(frozen=True)
class NgramPool:
    """Bags of n-grams, one behind the other.

    Args:
        starts: where the n-grams of each text start; behind them, where those of the last one end.
        buckets: which n-gram it is.
        weights: how much it says in its text.

    """

    starts: Int[Tensor, " _"]
    buckets: Int[Tensor, " ngram"]
    weights: Float[Tensor, " ngram"]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def map(self, change: Callable[[Tensor], Tensor]) -> "NgramPool":
        """Apply the same change to every tensor."""
        return NgramPool(change(self.starts), change(self.buckets), change(self.weights))

    def choose(self, texts: Int[Tensor, " some"]) -> "NgramPool":
        """Gather some of the texts, in their order."""
        first, size = self.starts[texts], self.starts[texts + 1] - self.starts[texts]
        stop = size.cumsum(0)
        place = torch.arange(int(stop[-1]) if len(stop) else 0, device=stop.device)
        place = place + torch.repeat_interleave(first - stop + size, size)
        starts = torch.cat([stop.new_zeros(1), stop])
        return NgramPool(starts, self.buckets[place], self.weights[place])

    @classmethod
    def join(cls, pools: Sequence["NgramPool"]) -> "NgramPool":
        """Put pools one behind the other."""
        ends = torch.tensor([len(pool.buckets) for pool in pools]).cumsum(0)
        before = [0, *ends[:-1].tolist()]
        starts = [pool.starts[:-1] + offset for pool, offset in zip(pools, before, strict=True)] + [
            pools[0].starts.new_tensor([int(ends[-1])])
        ]
        return cls(
            torch.cat(starts),
            torch.cat([pool.buckets for pool in pools]),
            torch.cat([pool.weights for pool in pools]),
        )
