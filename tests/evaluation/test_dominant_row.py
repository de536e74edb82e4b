"""One row that makes up most of a metric is found, and none else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.evaluation import find_dominant_row, measure, outcome_of_numbers
from banian.evaluation.evaluate import evaluate
from banian.predictions import Answer

MEANS = ("mae", "rmse", "deviance")
NUMBERS = st.lists(st.floats(0.5, 100.0), min_size=25, max_size=60)


def losses(metric, label, prediction):
    """Compute what each row adds, one by one."""
    one = [
        measure(metric, label[at : at + 1], prediction[at : at + 1], np.ones(1))
        for at in range(len(label))
    ]
    return np.square(one) if metric == "rmse" else np.array(one)


@pytest.mark.parametrize("metric", MEANS)
@given(NUMBERS, st.integers(0, 24), st.floats(1.0, 1e12), st.integers(0, 9))
def test_its_share_is_that_of_what_it_adds(metric, numbers, at, factor, seed):
    label = np.array(numbers)
    label[at] *= factor
    generator = np.random.default_rng(seed)
    prediction, weight = generator.uniform(1, 50, (2, len(label)))
    added = weight * losses(metric, label, prediction)
    share = added.max() / added.sum()
    found = find_dominant_row(metric, label, prediction, prediction + 1, weight)
    if found is None:
        assert share < 0.5 + 1e-6
        return
    worst = int(added.argmax())
    others = np.arange(len(label)) != worst
    assert found.share == pytest.approx(share, abs=1e-6)
    assert found.label == label[worst]
    assert found.value == measure(metric, label[others], prediction[others], weight[others])
    assert found.constant == measure(metric, label[others], prediction[others] + 1, weight[others])


@pytest.mark.parametrize("metric", ["auc", "log_loss", "accuracy", "ndcg"])
def test_of_other_metrics_and_of_few_rows_nothing_is_said(metric):
    label = np.append(np.zeros(30), 1.0)
    assert find_dominant_row(metric, label, label, label, np.ones(31)) is None
    few = np.append(np.ones(5), 1e9)
    assert find_dominant_row("mae", few, 0 * few, 0 * few, np.ones(6)) is None


def test_a_score_tells_of_it_and_stays_as_it_is():
    generator = np.random.default_rng(0)
    label = generator.lognormal(3, 1, 200)
    said, same = (outcome_of_numbers(label, Answer(p)) for p in (label * 1.1, 0 * label + 20))
    calm = evaluate("amount", "mae", said, same, np.arange(200), seed=0)
    assert calm.dominant is None
    typed = label.copy()
    typed[7] = 1e12
    said, same = (outcome_of_numbers(typed, Answer(p)) for p in (label * 1.1, 0 * label + 20))
    score = evaluate("amount", "mae", said, same, np.arange(200), seed=0)
    assert score.value > 1e9
    assert score.dominant.value == pytest.approx(calm.value, rel=0.1)
    assert score.dominant.constant == pytest.approx(calm.constant, rel=0.1)
    assert score.to_dict()["dominant"]["share"] > 0.999
    assert "is it mistyped?" in score.dominant.describe("spend", "mae")
