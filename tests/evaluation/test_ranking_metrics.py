"""Metrics of rankings, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn import metrics

from banian.evaluation import rank_choices, score_rankings


def draw(rows=30, items=9, seed=0):
    generator = np.random.default_rng(seed)
    relevance = (generator.random((rows, items)) < 0.25).astype(float)
    relevance[:, 0] = 1  # never none
    lists = [np.flatnonzero(row) for row in relevance]
    padded = np.full((rows, items), -1)
    for row, codes in enumerate(lists):
        padded[row, : len(codes)] = codes
    return relevance, padded, generator.random((rows, items + 1))


@pytest.mark.parametrize("top", [1, 3, 9])
def test_ndcg_is_that_of_scikit_learn(top):
    relevance, items, weights = draw()
    found = score_rankings(items, relevance.sum(axis=1), rank_choices(weights, top))
    assert found.ndcg.mean() == pytest.approx(metrics.ndcg_score(relevance, weights[:, :9], k=top))


@pytest.mark.parametrize("top", [1, 4])
def test_recall_and_reciprocal_rank_are_counted_out(top):
    relevance, items, weights = draw(seed=1)
    ranked = rank_choices(weights, top)
    found = score_rankings(items, relevance.sum(axis=1), ranked)
    for row, codes in enumerate(ranked):
        hits = relevance[row, codes]
        assert found.recall_at_k[row] == pytest.approx(hits.sum() / min(top, relevance[row].sum()))
        first = np.flatnonzero(hits)
        assert found.mrr[row] == (1 / (first[0] + 1) if len(first) else 0)


def test_items_that_nobody_could_rank_count_as_missed():
    items, ranked = np.array([[2, 7]]), np.array([[2, 0, 1]])
    known, all_of_them = (
        score_rankings(items[:, :n], np.array([float(n)]), ranked) for n in (1, 2)
    )
    assert (known.recall_at_k[0], all_of_them.recall_at_k[0]) == (1.0, 0.5)
    assert known.ndcg[0] == 1.0 > all_of_them.ndcg[0]


@pytest.mark.parametrize("top", [3, 8, 20])
def test_the_best_choices_come_first_and_the_last_column_never(top):
    _, _, weights = draw(seed=2)
    ranked = rank_choices(weights, top)
    order = np.argsort(-weights[:, :9], axis=1)[:, :top]
    np.testing.assert_array_equal(ranked, order)
