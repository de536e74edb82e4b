"""What every calibration promises."""

import json

import numpy as np
import pytest

from banian.predictions import (
    BinaryCalibration,
    ClassCalibration,
    EffectCalibration,
    GradeCalibration,
    MeanFit,
    NumberCalibration,
    Platt,
    average_values,
    fit_isotonic,
    read_calibration,
)

LABEL = np.tile([0.0, 0.0, 1.0], 20)
CURVE = fit_isotonic(np.linspace(-3, 3, 60), LABEL, np.arange(60), share=0.9)
ALL = {
    "line": BinaryCalibration(Platt(1.5, -0.25, (0.1, -0.05, 0.2)), 0.3),
    "identity": BinaryCalibration(Platt(1.0, 0.0), 0.5),
    "curve": BinaryCalibration(CURVE, 0.3),
    "classes": ClassCalibration(0.7),
    "grades": GradeCalibration(1.3, (1.0, 2.0, 4.0), "mean"),
    "numbers": NumberCalibration(0.5, 1.5, 10.0, 0.0, is_whole=True),
    "with a mean": NumberCalibration(0.5, 1.5, 10.0, 0.0, mean=MeanFit(1.5, 0.25, 2.0)),
    "no interval": NumberCalibration(None, None, 1.0, None, is_whole=False),
    "effects": EffectCalibration(),
}
VALUES = np.random.default_rng(0).dirichlet(np.ones(3), size=7)
each = pytest.mark.parametrize("calibration", ALL.values(), ids=ALL)


@each
def test_it_survives_json(calibration):
    tree = json.loads(json.dumps(calibration.to_dict(), allow_nan=False))
    assert read_calibration(tree) == calibration


@each
def test_rows_never_see_each_other(calibration):
    level = np.arange(7.0)
    whole = calibration.apply(VALUES, level)
    part = calibration.apply(VALUES[2:4], level[2:4])
    for name in ("value", "lower", "upper", "weights"):
        one, other = getattr(whole, name), getattr(part, name)
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_array_equal(one[2:4], other)


@each
def test_no_rows_have_no_answers(calibration):
    assert len(calibration.apply(VALUES[:0], np.zeros(0)).value) == 0


def test_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="there is no calibration of colours"):
        read_calibration({"kind": "colours"})


def test_the_mean_of_models_is_calibrated_like_one():
    parts = [VALUES, VALUES[::-1]]
    np.testing.assert_allclose(average_values(parts), (VALUES + VALUES[::-1]) / 2)
    numbers = average_values([VALUES, VALUES[:, :1]])
    assert numbers.shape == (7, 1)
    said = ALL["numbers"].apply(numbers, np.zeros(7))
    assert (said.lower <= said.value).all()
