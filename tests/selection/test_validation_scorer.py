"""One mistyped amount among the validation rows does not choose what serves."""

import numpy as np
import pyarrow as pa
import pytest

from banian.examples import GrainExamples
from banian.kinds import TowerState
from banian.selection.choice import choose_predictors
from banian.selection.validation_scorer import build_scorer

ROWS = 400


def grain(label: np.ndarray) -> GrainExamples:
    return GrainExamples(
        grain="people",
        tasks=("spend",),
        keys=pa.table({"who": np.arange(ROWS)}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(who) for who in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2025-01-01", "us")),
        scene=pa.nulls(ROWS, pa.string()),
        entities={},
        asked=np.ones((ROWS, 1), bool),
        label=label[:, None],
        matured_at=np.full((ROWS, 1), np.datetime64("2025-02-01", "us")),
        level=np.zeros((ROWS, 1)),
    )


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_a_mistyped_label_does_not_choose_what_serves(metric):
    random = np.random.default_rng(0)
    label = random.lognormal(3, 1, ROWS)
    good, bad = (label * random.lognormal(0, spread, ROWS) for spread in (0.1, 0.8))
    typed = label.copy()
    typed[3], bad[3] = 1e12, 3 * good[3]  # the worse one comes nearer to what was mistyped

    def chosen(truth: np.ndarray) -> tuple[str, ...]:
        rows = grain(truth)
        scorer = build_scorer(rows, "spend", TowerState("amount", metric), np.ones(ROWS, bool))
        said = {"joint": bad[:, None], "trees": good[:, None]}
        return choose_predictors(metric, scorer.read, said, rows.cluster, seed=0).predictors

    assert chosen(typed) == chosen(label) == ("trees",)
