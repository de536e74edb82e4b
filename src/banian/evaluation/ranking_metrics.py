"""Metrics of rankings: how well a list of items meets those that came true.

Source: Järvelin and Kekäläinen, ACM Transactions on Information Systems 20, 2002 (gain discounted by the logarithm of
the rank); Liang, Krishnan, Hoffman and Jebara, WWW 2018, section 4.2 (the recall of the best list possible is 1);
Voorhees, TREC-8, 1999 (reciprocal rank).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int


class RankingScores(NamedTuple):
    """What each row adds to the metrics of rankings, each from 0 to 1."""

    ndcg: Float64[np.ndarray, " row"]
    """Gain of the hits, less for later ranks, over that of the best list possible."""
    recall_at_k: Float64[np.ndarray, " row"]
    """Hits over those of the best list of the same length possible; the metric `recall` of a spec is its mean."""
    mrr: Float64[np.ndarray, " row"]
    """One over the rank of the first hit; 0 without any."""


def score_rankings(
    items: Int[np.ndarray, "row slot"],
    count: Float64[np.ndarray, " row"],
    ranked: Int[np.ndarray, "row rank"],
) -> RankingScores:
    """Score the ranked items of each row.

    `items` are the codes of those that came true, -1 behind the last; `count` says how many came true, unknown ones,
    which have no code, included; `ranked` are the codes of the list, the best first.

    >>> scores = score_rankings(np.array([[4, 7, -1]]), np.array([2.0]), np.array([[5, 4, 3]]))
    >>> scores.recall_at_k, scores.mrr
    (array([0.5]), array([0.5]))
    """
    hit = np.stack([(items == rank[:, None]).any(axis=1) for rank in ranked.T], axis=1)
    places = np.arange(1, ranked.shape[1] + 1)
    gain = 1 / np.log2(places + 1)
    best = np.minimum(count, len(places)).astype(np.int64)
    ideal = np.concatenate([[0.0], gain.cumsum()])[best]
    return RankingScores(
        ndcg=hit @ gain / np.maximum(ideal, gain[-1]),
        recall_at_k=hit.sum(axis=1) / np.maximum(best, 1),
        mrr=(hit / places).max(axis=1),
    )
