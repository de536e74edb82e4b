"""The mean of a number of which a median is reported, so that predictions can be added up.

Source: Duan, "Smearing Estimate: A Nonparametric Retransformation Method", JASA 78, 1983: what a median leaves out of
the mean is learned from residuals. Here the mean is a multiple of the median plus a multiple of the row's base, fitted
by least squares with the variance in proportion to the base, so that the total of the labels is met exactly. The
multiple of the median is right where labels scatter by a factor; that of the base where the median is 0 for most.
"""

from dataclasses import dataclass
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
    """How the mean follows from what is reported.

    >>> MeanFit(of_value=1.5, of_base=0.5).apply(np.array([0.0, 10.0]), np.array([2.0, 2.0]))
    array([ 1., 16.])
    """

    of_value: float
    """Multiple of the reported number."""
    of_base: float
    """Multiple of the row's base."""

    def apply(
        self, value: Float[np.ndarray, " row"], base: Float[np.ndarray, " row"]
    ) -> Float64[np.ndarray, " row"]:
        """Give the mean of each row, in the unit of the label."""
        return self.of_value * value.astype(np.float64) + self.of_base * base

    @classmethod
    def from_dict(cls, tree: dict[str, Any] | None) -> "MeanFit | None":
        """Read what `dataclasses.asdict` gave; nothing where there is none."""
        return None if tree is None else cls(**tree)


ITSELF = MeanFit(1.0, 0.0)
"""Where the mean is what is reported."""


def fit_mean(
    value: Float[np.ndarray, " row"],
    label: Float[np.ndarray, " row"],
    base: Float[np.ndarray, " row"],
) -> MeanFit | None:
    """Fit on rows that neither training nor early stopping has seen; nothing where there are fewer than nineteen.

    A label far beyond all others, relative to its base, counts as one that lies less far: one mistyped amount must not
    move the means of all. Where no label is negative, neither multiple is.

    >>> median = np.array([1.0, 2.0, 4.0] * 20)
    >>> label = median * np.tile([0.5, 0.5, 0.5, 1.0, 1.0, 4.5], 10)
    >>> fit_mean(median, label, np.ones(60)).of_value.__round__(2)
    1.6
    """
    if len(label) < _LEAST_ROWS:
        return None
    exact, said = _bounded(label.astype(np.float64), base), value.astype(np.float64)
    weight = 1 / np.sqrt(base)
    design = np.stack([said, base], axis=1) * weight[:, None]
    of_value, of_base = np.linalg.lstsq(design, exact * weight, rcond=1e-9)[0]
    if exact.min() >= 0 and of_base < 0 and said.sum() > 0:
        of_value, of_base = exact.sum() / said.sum(), 0.0
    elif of_value < 0:
        of_value, of_base = 0.0, exact.sum() / base.sum()
    return MeanFit(float(of_value), float(of_base))


def _bounded(
    label: Float64[np.ndarray, " row"], base: Float[np.ndarray, " row"]
) -> Float64[np.ndarray, " row"]:
    size = np.sort(np.abs(label[label != 0]) / base[label != 0])
    if len(size) < 2:
        return label
    most = _FAR * size[-1 - max(1, round(len(size) * _FEW))]
    return np.clip(label, -most * base, most * base)
