"""Rows that are judged in parts."""

import numpy as np

from banian.evaluation import Outcome, evaluate, outcome_of_classes, outcome_of_numbers
from banian.predictions import Answer


def test_parts_are_judged_like_the_whole():
    generator = np.random.default_rng(0)
    weights, code = generator.dirichlet(np.ones(4), 60), generator.integers(0, 4, 60).astype(float)
    whole = outcome_of_classes(code, weights)
    parts = Outcome.chain(
        [outcome_of_classes(code[n : n + 25], weights[n : n + 25]) for n in (0, 25, 50)]
    )
    scores = [
        evaluate("multiclass", "log_loss", one, one, np.arange(60), seed=0)
        for one in (whole, parts)
    ]
    assert scores[0] == scores[1]


def test_intervals_are_chained_too():
    label = np.arange(6.0)
    answer = Answer(label, lower=label - 1, upper=label - 0.5)
    said = outcome_of_numbers(label, answer)
    assert not said.inside.any()
    assert len(Outcome.chain([said, said]).inside) == 12
