"""The mean of a number of which a median is reported, so that predictions can be added up.

Source: Duan, "Smearing Estimate: A Nonparametric Retransformation Method", JASA 78, 1983: what a median leaves out of
the mean is learned from residuals. Here the mean is a multiple of the median, plus a multiple of the entity's trailing
level, plus a constant, fitted by least squares with the variance in proportion to the base and scaled to meet the total
of the labels. The multiple of the median is right where labels scatter by a factor; level and constant where the median
is 0 for most.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64

_LEAST_ROWS = 19
"""As for intervals: fewer would follow single rows."""
_FAR, _FEW = 10.0, 0.005
"""So many times the size that all but half a percent of the labels stay below: a typing error."""


@final
@dataclass(frozen=True)
class MeanFit:
    """The mean as a linear function of the reported number and the trailing level.

    >>> MeanFit(of_value=1.5, of_level=0.5, constant=1.0).apply(np.array([0.0, 10.0]), np.array([2.0, -2.0]))
    array([ 2., 16.])
    """

    of_value: float
    """Multiple of the reported number."""
    of_level: float
    """Multiple of the entity's trailing level, which counts from 0."""
    constant: float
    """In the unit of the label."""

    def apply(
        self, value: Float[np.ndarray, " row"], level: Float[np.ndarray, " row"]
    ) -> Float64[np.ndarray, " row"]:
        """Give the mean of each row, in the unit of the label."""
        weights = np.array([self.of_value, self.of_level, self.constant])
        found: Float64[np.ndarray, " row"] = _design(value, level) @ weights
        return found

    @classmethod
    def from_dict(cls, tree: dict[str, Any] | None) -> "MeanFit | None":
        """Read what `dataclasses.asdict` gave; nothing where there is none."""
        return None if tree is None else cls(**tree)


ITSELF = MeanFit(1.0, 0.0, 0.0)
"""Where the mean is what is reported."""


def fit_mean(
    value: Float[np.ndarray, " row"],
    label: Float[np.ndarray, " row"],
    level: Float[np.ndarray, " row"],
    base: Float[np.ndarray, " row"],
    *,
    weight: Float[np.ndarray, " row"] | None = None,
) -> MeanFit | None:
    """Fit on rows that neither training nor early stopping has seen; nothing where there are fewer than nineteen.

    A label far beyond all others, relative to its base, counts as one that lies less far: one mistyped amount must not
    move the means of all. Where no label is negative, no part of the mean is. Rows count by their `weight`.

    >>> median = np.repeat([1.0, 2.0, 4.0], 20)
    >>> label = median * np.tile([0.5, 0.5, 0.5, 4.5], 15)
    >>> fit_mean(median, label, np.zeros(60), np.ones(60)).of_value.__round__(2)
    1.5
    """
    if len(label) < _LEAST_ROWS:
        return None
    exact = _bounded(label.astype(np.float64), base)
    counts = np.ones(len(exact)) if weight is None else weight.astype(np.float64)
    design, root = _design(value, level), np.sqrt(counts / base)
    is_signed = bool(exact.min() < 0)
    best, least = np.zeros(3), np.inf
    for chosen in product((True, False), repeat=3):
        part = design * np.array(chosen)
        found = np.linalg.lstsq(part * root[:, None], exact * root, rcond=1e-9)[0]
        if is_signed or found.min() >= -1e-12:
            error = float(((((part @ found) - exact) * root) ** 2).sum())
            if error < least * (1 - 1e-9):
                best, least = np.maximum(found, 0) if not is_signed else found, error
    total = float(counts @ (design @ best))
    if not is_signed and total > 0:
        best = best * (counts @ exact / total)
    return MeanFit(*(float(number) for number in best))


def _design(
    value: Float[np.ndarray, " row"], level: Float[np.ndarray, " row"]
) -> Float64[np.ndarray, "row 3"]:
    past = np.maximum(level.astype(np.float64), 0.0)
    return np.stack([value.astype(np.float64), past, np.ones(len(past))], axis=1)


def _bounded(
    label: Float64[np.ndarray, " row"], base: Float[np.ndarray, " row"]
) -> Float64[np.ndarray, " row"]:
    size = np.sort(np.abs(label[label != 0]) / base[label != 0])
    if len(size) < 2:
        return label
    most = _FAR * size[-1 - max(1, round(len(size) * _FEW))]
    return np.clip(label, -most * base, most * base)
