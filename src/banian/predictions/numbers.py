"""Calibrated intervals of numbers (conformal prediction).

Source: Romano, Patterson and Candès, "Conformalized Quantile Regression", NeurIPS 2019, theorem 2: the predicted ends
are moved by how far calibration labels lay outside them, each end on its own. Here distances are in units of the
row's base, its entity's trailing level plus an offset (Lei et al., JASA 113, 2018, section 5.2, with that as spread).
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, final

import numpy as np
from jaxtyping import Float, Int64
from typing_extensions import override

from banian.predictions.answer import SHARE, Answer
from banian.predictions.base import AbstractCalibration
from banian.predictions.baseline_level import base_of, usual_offset
from banian.predictions.bounds import Bounds, fit_bounds
from banian.predictions.copies import count_copies
from banian.predictions.means import ITSELF, MeanFit, fit_mean


@final
@dataclass(frozen=True)
class NumberCalibration(AbstractCalibration):
    """Widens or narrows the predicted interval; where only a number is predicted, puts one around it.

    Outputs are the number and, if the model predicts a distribution, its ends. The number itself is left as it is, and
    lies within. On rows that are like the calibration rows the interval holds nine of ten labels, whatever the model;
    not in every group of them, and less where the shop has changed since.

    >>> wide = NumberCalibration(below=1.0, above=2.0, offset=5.0, floor=0.0)
    >>> said = wide.apply(np.array([[4.0], [20.0]]), np.array([0.0, 5.0]))
    >>> said.lower, said.upper
    (array([ 0., 10.]), array([14., 40.]))
    """

    below: float | None
    """What the lower end goes down, in units of the base; nothing where there were too few rows to tell."""
    above: float | None
    """What the upper end goes up."""
    offset: float
    """The base of an entity without a past."""
    floor: float | None
    """No end lies below."""
    is_whole: bool = False
    """Whether labels are counts: then the ends are, too."""
    level: float = Bounds().level
    """No trailing level widens an interval more than this one."""
    mean: MeanFit | None = None
    """How the mean follows from the number; nothing where that is unknown, or a quantile is asked for."""

    @override
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        values = values.astype(np.float64)
        value, base = values[:, 0], base_of(level, self.offset)
        mean = None if self.mean is None else self.mean.apply(value, level)
        if mean is not None and self.floor is not None:
            mean = np.maximum(mean, self.floor)
        if self.below is None or self.above is None:
            return Answer(value, mean=mean)
        base = base_of(np.minimum(level, self.level), self.offset)
        lower = values[:, -2 if values.shape[1] == 3 else 0] - self.below * base
        upper = values[:, -1] + self.above * base
        if self.is_whole:  # the counts inside stay the same
            lower, upper = np.ceil(lower - 1e-9), np.floor(upper + 1e-9)
        if self.floor is not None:
            lower, upper = np.maximum(lower, self.floor), np.maximum(upper, self.floor)
        return Answer(value, np.minimum(lower, value), np.maximum(upper, value), mean=mean)

    @override
    def to_dict(self) -> dict[str, Any]:
        return {"kind": "numbers", **asdict(self)}


def fit_numbers(
    values: Float[np.ndarray, "row output"],
    label: Float[np.ndarray, " row"],
    level: Float[np.ndarray, " row"],
    *,
    floor: float | None,
    whole: bool = False,
    reports: Literal["mean", "median", "quantile"] = "mean",
    weight: Float[np.ndarray, " row"] | None = None,
) -> NumberCalibration:
    """Fit on rows that neither training nor early stopping has seen; nineteen are the least that can say anything.

    `reports` says what the first output is: where it is a median, how the mean follows from it is fitted as well.
    Where no label is negative and no floor is known, it is 0: that a next one is the first below 0 is less likely than
    one in so many rows. Rows count by their `weight`, and the row to come like an average one.

    >>> label = np.arange(-50.0, 50.0)
    >>> fitted = fit_numbers(np.zeros((100, 1)), label, np.zeros(100), floor=None)
    >>> fitted.apply(np.zeros((1, 1)), np.zeros(1)).upper
    array([45.])
    """
    copies = np.ones(len(label), np.int64) if weight is None else count_copies(weight, label)
    offset = usual_offset(label.repeat(copies))
    believed = fit_bounds(label, level).level
    base = base_of(np.minimum(level, believed), offset)
    below = _reach((values[:, -2 if values.shape[1] == 3 else 0] - label) / base, copies)
    above = _reach((label - values[:, -1]) / base, copies)
    if below is None or above is None:
        below = above = None
    elif floor is None and label.min() >= 0:
        floor = 0.0
    mean = ITSELF if reports == "mean" else None
    if reports == "median":
        mean = fit_mean(values[:, 0], label, level, base, weight=weight)
    return NumberCalibration(below, above, offset, floor, is_whole=whole, level=believed, mean=mean)


def _reach(outside: Float[np.ndarray, " row"], copies: Int64[np.ndarray, " row"]) -> float | None:
    """Find how far the end must be moved so that a new row lies beyond it as rarely as it may.

    With weights the row to come has the mean one (Tibshirani et al., "Conformal Prediction Under Covariate Shift",
    NeurIPS 2019, lemma 3). Of few rows that is the farthest or nearly so, which may be a mistyped one: how far is
    believed, the others say.
    """
    rows, standing = len(outside), int(copies.sum())
    rank = math.ceil((standing + standing / max(rows, 1)) * (1 + SHARE) / 2 - 1e-9)
    if rank > standing or not rows:
        return None
    near = fit_bounds(outside, np.zeros(rows)).clip(outside)
    return float(np.sort(near.repeat(copies))[rank - 1])
