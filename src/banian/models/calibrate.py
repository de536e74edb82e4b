"""Which calibration a task's outputs get."""

from typing import Literal, assert_never

import numpy as np
from jaxtyping import Float, Shaped

from banian.models.towers import TowerSpec
from banian.predictions import (
    AbstractCalibration,
    BinaryCalibration,
    ClassCalibration,
    EffectCalibration,
    GradeCalibration,
    NumberCalibration,
    Platt,
    fit_binary,
    fit_numbers,
    fit_temperature,
)

_Family = Literal["truth", "classes", "grades", "effects", "number"]


def fit_calibration(
    spec: TowerSpec,
    values: Float[np.ndarray, "row output"],
    label: Float[np.ndarray, " row"],
    level: Float[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
    weight: Float[np.ndarray, " row"] | None = None,
) -> AbstractCalibration:
    """Fit on rows whose labels neither training nor selection has seen; there may be none.

    `values` are what serves the task: the outputs of one model, or the mean of several. Rows count by their `weight`,
    alike where there is none.
    """
    match _family(spec):
        case "truth":
            return fit_binary(values, label, cluster, weight=weight)
        case "classes" if spec.kind == "multiclass":
            return ClassCalibration(fit_temperature(values, label.astype(np.int64), weight=weight))
        case "grades":
            grades = np.array(spec.grades)
            place = np.abs(label[:, None] - grades).argmin(axis=1)
            return GradeCalibration(
                fit_temperature(values, place, weight=weight), spec.grades, spec.reports
            )
        case "number":
            return fit_numbers(
                values,
                label,
                level,
                floor=_floor(spec),
                whole=spec.kind == "count",
                reports="quantile" if spec.kind == "quantile" else spec.reports,
                weight=weight,
            )
        case _:
            return no_calibration(spec)


def no_calibration(spec: TowerSpec) -> AbstractCalibration:
    """Take outputs for what they say: those of a constant predictor, or of a model in training."""
    match _family(spec):
        case "truth":
            return BinaryCalibration(Platt(1.0, 0.0), threshold=0.5)
        case "classes":
            return ClassCalibration(1.0)
        case "grades":
            return GradeCalibration(1.0, spec.grades, spec.reports)
        case "effects":
            return EffectCalibration()
        case "number":
            return NumberCalibration(None, None, 1.0, _floor(spec))
        case family:
            assert_never(family)


def _family(spec: TowerSpec) -> _Family:
    match spec.kind:
        case "binary":
            return "truth"
        case "multiclass" | "ranking":
            return "classes"
        case "ordinal" if spec.learned_by == "cumulative_link":
            return "grades"
        case "uplift":
            return "effects"
        case _:
            return "number"


def _floor(spec: TowerSpec) -> float | None:
    if spec.kind == "count" or spec.learned_by == "zero_inflated_log_normal":
        return max(0.0, spec.floor or 0.0)
    return spec.floor
