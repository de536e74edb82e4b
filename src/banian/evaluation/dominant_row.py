"""One row that makes up most of a metric: then the metric says what that row is, not what the model can."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float64

from banian.evaluation.metrics import measure
from banian.spec import Metric

_MOST = 0.5
"""Of more than this share of a metric it is said."""
_ENOUGH = 20
"""Of fewer rows each makes up much."""
_OF_LABELS: tuple[Metric, ...] = ("mae", "rmse", "deviance")
_OF_LOSSES: tuple[Metric, ...] = ("pinball", "ranked_probability")


@final
@dataclass(frozen=True)
class DominantRow:
    """The row that adds most to a metric that is a mean of what rows add, and the metric without it."""

    label: float
    share: float
    """How much of the metric it makes up, between a half and 1; of a root of a mean, of what stands under the root."""
    value: float
    """The metric of all other rows."""
    constant: float
    """The same of saying the same for every row."""

    def to_dict(self) -> dict[str, float]:
        """Give the fields as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "DominantRow":
        """Read what `to_dict` gave."""
        return cls(**tree)

    def describe(self, task: str, metric: Metric) -> str:
        """Say it in a sentence.

        >>> DominantRow(1e9, 0.99, 21.5, 30.25).describe("spend", "mae").partition(": ")[0]
        'Of the mae of spend 99 % comes from one row, whose label is 1,000,000,000'
        """
        return (
            f"Of the {metric} of {task} {100 * self.share:.0f} % comes from one row, whose label is "
            f"{self.label:,.10g}: is it mistyped? Without it the {metric} is {self.value:,.4g}, and the constant's "
            f"{self.constant:,.4g}."
        )


def find_dominant_row(
    metric: Metric,
    label: Float64[np.ndarray, "row *part"],
    prediction: Float64[np.ndarray, "row *output"],
    constant: Float64[np.ndarray, "row *output"],
    weight: Float64[np.ndarray, " row"],
) -> DominantRow | None:
    """Find the row that makes up more than half of a metric; nothing where there is none, or rows add nothing each.

    `constant` is what a constant predictor says. Labels and predictions are as `measure` takes them.

    >>> label = np.append(np.tile([1.0, 3.0], 50), 1e6)
    >>> found = find_dominant_row("mae", label, 0 * label + 2, 0 * label + 1, np.ones(101))
    >>> found.share > 0.999, found.value, found.constant
    (True, 1.0, 1.0)
    """
    if metric not in (*_OF_LABELS, *_OF_LOSSES) or np.count_nonzero(weight) < _ENOUGH:
        return None
    off = np.abs(label - prediction) if metric in _OF_LABELS else prediction
    worst = int((weight * off).argmax())
    others = np.arange(len(label)) != worst
    power = 2 if metric == "rmse" else 1
    whole = measure(metric, label, prediction, weight) ** power * weight.sum()
    rest = measure(metric, label[others], prediction[others], weight[others])
    share = 1 - rest**power * weight[others].sum() / whole if whole > 0 else 0.0
    if not share > _MOST:
        return None
    return DominantRow(
        label=float(label[worst]),
        share=min(float(share), 1.0),
        value=rest,
        constant=measure(metric, label[others], constant[others], weight[others]),
    )
