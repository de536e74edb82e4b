"""Calibration of the probabilities of a binary task."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64, Shaped
from typing_extensions import override

from banian.predictions.answer import SHARE, Answer
from banian.predictions.base import AbstractCalibration
from banian.predictions.calibration import Isotonic, Platt, fit_isotonic, fit_platt
from banian.predictions.copies import count_copies
from banian.predictions.logistic import log_odds
from banian.predictions.uncertainty import clustered_square

_FOLDS = 5
_ROWS_OF_EACH_CLASS = 200
"""With fewer a curve of its own shape would follow single rows."""
_ENTITIES = 100
_SURELY = 1.645
"""Standard errors by which the curve must be better; 95 of 100 times chance alone does less."""


@final
@dataclass(frozen=True)
class BinaryCalibration(AbstractCalibration):
    """A line or a curve through the log-odds, and the probability from which on to answer yes.

    The interval of a probability says how sure the calibration is: where the share of yes among rows with this score
    would lie in nine of ten draws of calibration entities. It does not say how sure the model is of this one row.

    >>> line = BinaryCalibration(Platt(slope=2.0, intercept=0.0), threshold=0.4)
    >>> line.apply(np.array([[0.5], [0.75]]), np.zeros(2)).value
    array([0.5, 0.9])
    """

    curve: Platt | Isotonic
    """From log-odds of the model to calibrated probabilities."""
    threshold: float
    """It gave the best F1."""

    @override
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        logit = log_odds(values[:, 0])
        ends = self.curve.interval(logit, SHARE) or (None, None)
        return Answer(self.curve.probability(logit), *ends)

    @override
    def to_dict(self) -> dict[str, Any]:
        curve = "platt" if isinstance(self.curve, Platt) else "isotonic"
        return {"kind": "binary", "threshold": self.threshold, curve: self.curve.to_dict()}


def fit_binary(
    values: Float[np.ndarray, "row output"],
    label: Float[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
    *,
    weight: Float[np.ndarray, " row"] | None = None,
) -> BinaryCalibration:
    """Fit on rows that neither training nor early stopping has seen.

    By a line (Platt), unless there are 200 rows of each class and a curve that only rises (isotonic) has surely less
    log loss on entities that it was not fitted on. With fewer than 30 rows of either class nothing is changed. Rows
    count by their `weight`; how many there are, they count themselves.

    Units: `values` are probabilities of yes, `label` is 0 or 1.
    """
    logit = log_odds(values[:, 0])
    line = fit_platt(logit, label, cluster)
    if line.covariance is None:
        return BinaryCalibration(line, threshold=0.5)
    is_ample = min(label.sum(), len(label) - label.sum()) >= _ROWS_OF_EACH_CLASS
    if weight is not None:
        index = np.repeat(np.arange(len(label)), count_copies(weight, logit))
        logit, label, cluster = logit[index], label[index], cluster[index]
        line = fit_platt(logit, label, cluster)
    curve = _choose(logit, label, cluster, line) if is_ample else line
    return BinaryCalibration(curve, best_threshold(curve.probability(logit), label))


def best_threshold(
    probability: Float64[np.ndarray, " row"], label: Float[np.ndarray, " row"]
) -> float:
    """Find the probability from which on yes gives the best F1.

    >>> best_threshold(np.array([0.1, 0.4, 0.6]), np.array([0.0, 1.0, 1.0]))
    0.25
    """
    order = np.argsort(-probability, kind="stable")
    falling = probability[order]
    last = np.append(np.flatnonzero(falling[1:] < falling[:-1]), len(falling) - 1)
    hits = np.cumsum(label[order])[last]
    best = int(np.argmax(2 * hits / (last + 1 + label.sum())))  # F1 = 2 hits / (said + true)
    above = float(falling[last[best]])
    if best == len(last) - 1:
        return above
    # half way to the next row below, so that rounding moves no row across; but never onto that row
    below = float(falling[last[best + 1]])
    return max((above + below) / 2, float(np.nextafter(below, 1.0)))


def _choose(
    logit: Float64[np.ndarray, " row"],
    label: Float[np.ndarray, " row"],
    cluster: Shaped[np.ndarray, " row"],
    line: Platt,
) -> Platt | Isotonic:
    entities, entity = np.unique(cluster, return_inverse=True)
    if len(entities) < _ENTITIES:
        return line
    gain = np.zeros(len(label))
    for fold in range(_FOLDS):
        held = entity % _FOLDS == fold
        seen = logit[~held], label[~held], cluster[~held]
        fitted = fit_platt(*seen), fit_isotonic(*seen, share=SHARE)
        first, second = (_surprise(one.probability(logit[held]), label[held]) for one in fitted)
        gain[held] = first - second
    error = np.sqrt(clustered_square((gain - gain.mean())[:, None], cluster)[0, 0])
    if gain.sum() <= _SURELY * error:
        return line
    return fit_isotonic(logit, label, cluster, share=SHARE)


def _surprise(
    probability: Float64[np.ndarray, " row"], label: Float[np.ndarray, " row"]
) -> Float64[np.ndarray, " row"]:
    surprise: Float64[np.ndarray, " row"] = np.logaddexp(
        0.0, np.where(label > 0, -1.0, 1.0) * log_odds(probability)
    )
    return surprise
