"""What metrics read of a task's answers and labels, by its kind."""

from dataclasses import replace
from typing import assert_never

import numpy as np
from jaxtyping import Float, Int

from banian.evaluation import (
    Outcome,
    outcome_of_classes,
    outcome_of_effects,
    outcome_of_grades,
    outcome_of_numbers,
    outcome_of_quantiles,
    outcome_of_rankings,
    outcome_of_truths,
)
from banian.models.towers import TowerSpec
from banian.predictions import AbstractCalibration, Answer, BinaryCalibration, Bounds


def read_outcome(
    spec: TowerSpec,
    calibration: AbstractCalibration,
    answer: Answer,
    label: Float[np.ndarray, " row"],
    codes: Int[np.ndarray, "row slot"] | None,
) -> Outcome:
    """Lay answers beside labels; `codes` are what else labels hold: items, -1 behind the last, or a trial's arm."""
    label = label.astype(np.float64)
    match spec.kind:
        case "binary":
            assert isinstance(calibration, BinaryCalibration)
            return outcome_of_truths(label, answer, calibration.threshold)
        case "multiclass":
            assert answer.weights is not None
            return outcome_of_classes(label, answer.weights)
        case "ordinal":
            return outcome_of_grades(label, answer, np.array(spec.grades))
        case "count" | "amount" | "regression":
            return outcome_of_numbers(label, answer)
        case "quantile":
            assert spec.quantile is not None
            return outcome_of_quantiles(label, answer, spec.quantile)
        case "ranking":
            assert answer.weights is not None
            assert codes is not None
            assert spec.top is not None
            return outcome_of_rankings(codes, label, answer.weights, spec.top)
        case "uplift":
            assert answer.weights is not None
            assert codes is not None
            return outcome_of_effects(label, codes[:, 0], answer.weights)
        case _:
            assert_never(spec.kind)


def read_believed(
    spec: TowerSpec,
    calibration: AbstractCalibration,
    answer: Answer,
    label: Float[np.ndarray, " row"],
    codes: Int[np.ndarray, "row slot"] | None,
    bounds: Bounds,
) -> Outcome:
    """Do the same for those who choose: numbers, as labels and as answers, lie within what is believed of labels.

    Beyond, one mistyped label, or the answer to a mistyped past, would choose alone. Reports read what is true.
    """
    match spec.kind:
        case "count" | "amount" | "regression" | "quantile":
            label, answer = bounds.clip(label), replace(answer, value=bounds.clip(answer.value))
        case "uplift" if spec.outcome == "number":
            label = bounds.clip(label)
    return read_outcome(spec, calibration, answer, label, codes)
