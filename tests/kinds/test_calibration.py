"""Every kind gets the calibration that fits it, and its answers are read by metrics."""

import numpy as np
import pytest

from banian.evaluation import measure
from banian.kinds import TowerState, build_kind
from banian.predictions import (
    BinaryCalibration,
    ClassCalibration,
    EffectCalibration,
    GradeCalibration,
    NumberCalibration,
)
from banian.spec import METRICS

ROWS = 120
NAMES = ("tea", "milk", "salt")
GRADES = (1.0, 2.0, 4.0)
CASES = [
    (TowerState("binary", "auc"), BinaryCalibration),
    (TowerState("multiclass", "log_loss", classes=NAMES), ClassCalibration),
    (TowerState("ordinal", "mae", grades=GRADES), GradeCalibration),
    (TowerState("ordinal", "mae", tower="relative_error", grades=GRADES), NumberCalibration),
    (TowerState("count", "deviance"), NumberCalibration),
    (TowerState("amount", "mae"), NumberCalibration),
    (TowerState("amount", "mae", tower="zero_inflated_log_normal"), NumberCalibration),
    (TowerState("regression", "rmse", tower="gaussian"), NumberCalibration),
    (TowerState("quantile", "pinball", quantile=0.9), NumberCalibration),
    (TowerState("ranking", "ndcg", classes=NAMES, top=2), ClassCalibration),
    (TowerState("uplift", "qini", classes=("none", "mail")), EffectCalibration),
]
each = pytest.mark.parametrize(
    ("spec", "kind"), CASES, ids=[f"{s.kind}-{s.learned_by}" for s, _ in CASES]
)


def draw(spec: TowerState) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    dirichlet, number = rng.dirichlet(np.ones(4), ROWS), rng.gamma(2.0, 3.0, (ROWS, 1))
    values = {
        "binary": rng.random((ROWS, 1)),
        "multiclass": dirichlet,
        "ranking": dirichlet,
        "ordinal": number
        if spec.tower == "relative_error"
        else dirichlet[:, :3] / dirichlet[:, :3].sum(axis=1, keepdims=True),
        "uplift": rng.random((ROWS, 2)),
    }.get(spec.kind, number)
    label = {
        "binary": (rng.random(ROWS) < values[:, 0]).astype(float),
        "multiclass": rng.integers(0, 4, ROWS).astype(float),
        "ordinal": rng.choice(GRADES, ROWS),
        "ranking": np.ones(ROWS),
        "uplift": rng.integers(0, 2, ROWS).astype(float),
        "count": rng.poisson(values[:, 0]).astype(float),
    }.get(spec.kind, values[:, 0] * rng.lognormal(0, 0.5, ROWS))
    codes = rng.integers(0, 2, (ROWS, 1)) if spec.kind in ("ranking", "uplift") else None
    return {"values": values, "label": label, "level": number[:, 0], "codes": codes}


@each
def test_it_is_of_the_right_make_and_its_answers_are_judged_by_every_metric(spec, kind):
    drawn = draw(spec)
    values, label, level = drawn["values"], drawn["label"], drawn["level"]
    fitted = build_kind(spec.kind).fit_calibration(spec, values, label, level, np.arange(ROWS))
    assert isinstance(fitted, kind)
    for calibration in (fitted, build_kind(spec.kind).plain_calibration(spec)):
        answer = calibration.apply(values, level)
        outcome = build_kind(spec.kind).read_outcome(
            spec, calibration, answer, label, drawn["codes"]
        )
        assert len(outcome) == ROWS
        for metric in METRICS[spec.kind]:
            assert np.isfinite(measure(metric, *outcome.readings[metric], np.ones(ROWS)))
        if answer.lower is not None:
            assert (answer.lower <= answer.value).all()
            assert (answer.value <= answer.upper).all()


@each
def test_without_rows_everything_stays_as_it_is(spec, kind):
    values, nothing = draw(spec)["values"], np.zeros(0)
    fitted = build_kind(spec.kind).fit_calibration(spec, values[:0], nothing, nothing, nothing)
    assert isinstance(fitted, kind)
    plain = build_kind(spec.kind).plain_calibration(spec).apply(values, np.ones(ROWS))
    np.testing.assert_allclose(fitted.apply(values, np.ones(ROWS)).value, plain.value)
    outcome = build_kind(spec.kind).read_outcome(
        spec, fitted, fitted.apply(values[:0], nothing), nothing, np.zeros((0, 1), int)
    )
    assert len(outcome) == 0


def test_counts_and_amounts_with_a_mass_at_zero_have_no_ends_below_it():
    for spec, _ in CASES:
        if spec.kind == "count" or spec.tower == "zero_inflated_log_normal":
            drawn = draw(spec)
            fitted = build_kind(spec.kind).fit_calibration(
                spec, drawn["values"], drawn["label"], drawn["level"], np.arange(ROWS)
            )
            assert fitted.floor == 0
            assert fitted.is_whole == (spec.kind == "count")
