"""What the trees of a task learn, and how their scores become values in the units of its label.

Amounts and counts may be learned relative to a *base*, the entity's trailing level plus an offset that keeps it
positive, as the towers of the network learn them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64

from banian.kinds import Objective, build_kind
from banian.predictions import Around, Bounds, base_of, count_copies, fit_bounds, fit_offset
from banian.spec import Kind, Metric

_AROUND: dict[Objective, Around] = {
    "poisson": "count",
    "regression_l1": "median",
    "regression": "mean",
}
"""What a LightGBM objective takes labels to scatter around."""
_HIGHEST_SCORE = 20.0  # at e²⁰ times the base no count is meant any more


@final
@dataclass(frozen=True)
class Target:
    """One way to learn a task.

    Units: `to_values` gives probabilities for binary, multiclass and ordinal tasks, else the label's own unit.

    >>> target = Target("amount", "mae", floor=0.0, offset=5.0)
    >>> target.objective, target.label(np.array([30.0]), np.array([10.0]))
    ('regression_l1', array([2.]))
    >>> target.to_values(np.array([[2.0], [-1.0]]), np.array([10.0, 10.0]))[:, 0]
    array([30.,  0.])
    """

    kind: Kind
    metric: Metric
    floor: float | None = None
    """The least value that a label can have."""
    offset: float | None = None
    """What is added to the trailing level to make the base; None where the label is learned as it is."""
    classes: int = 1
    """Classes of a multiclass label, the unknown ones together as the last; else the grades."""
    grades: tuple[float, ...] = ()
    """Of an ordinal label, in ascending order."""
    quantile: float | None = None
    bounds: Bounds = field(default_factory=Bounds)
    """How far the labels of numbers, and levels, are believed."""

    @property
    def objective(self) -> Objective:
        """Name the loss as LightGBM does: the one that the metric rewards.

        Raises: ValueError for a kind that trees cannot learn.
        """
        objective = build_kind(self.kind).tree_objective(self.metric)
        if objective is None:
            raise ValueError(f"boosted trees cannot learn a {self.kind} task")
        return objective

    @property
    def _starts_at_base(self) -> bool:
        """Whether trees add to the logarithm of the base, rather than learn labels in units of the base."""
        return self.objective == "poisson"

    def label(
        self, label: Float[np.ndarray, " row"], level: Float[np.ndarray, " row"]
    ) -> Float64[np.ndarray, " row"]:
        """Give what the trees learn."""
        if self.grades:
            return np.abs(label[:, None] - np.array(self.grades)).argmin(axis=1).astype(np.float64)
        near = self.bounds.clip(label.astype(np.float64))
        if self.offset is None or self._starts_at_base:
            return near
        return near / self._base(level, self.offset)

    def weight(
        self, level: Float[np.ndarray, " row"], counts: Float[np.ndarray, " row"] | None = None
    ) -> Float64[np.ndarray, " row"] | None:
        """Give each row's weight: √base for a median, base for a mean; the ratios of large ones are less noisy.

        Beyond the heavy ones, rows weigh alike: a count's, whose loss grows with its base, is weighed down for that.
        `counts` says how much each row counts beside that, where the task has weights.
        """
        own = None if self.offset is None else self._own_weight(level, self.offset)
        if own is None or counts is None:
            return own if counts is None else counts.astype(np.float64)
        return own * counts

    def _own_weight(
        self, level: Float[np.ndarray, " row"], offset: float
    ) -> Float64[np.ndarray, " row"]:
        base = self._base(level, offset)
        near = np.minimum(base, self.bounds.heavy + offset)
        if self._starts_at_base:
            return near / base
        return np.sqrt(near) if self.objective == "regression_l1" else near

    def start(self, level: Float[np.ndarray, " row"]) -> Float64[np.ndarray, " row"] | None:
        """Give the score that each row starts from: the log of the base for a count."""
        return (
            np.log(self._base(level, self.offset))
            if self._starts_at_base and self.offset is not None
            else None
        )

    def to_values(
        self, score: Float[np.ndarray, "row class"], level: Float[np.ndarray, " row"]
    ) -> Float64[np.ndarray, "row output"]:
        """Turn the trees' raw scores, without what rows start from, into values."""
        value = score.astype(np.float64)
        match self.objective:
            case "binary":
                return 1 / (1 + np.exp(-value))
            case "multiclass":
                likely = np.exp(value - value.max(axis=1, keepdims=True))
                return likely / likely.sum(axis=1, keepdims=True)
            case "poisson":
                value = np.exp(np.minimum(value, _HIGHEST_SCORE))
                if self.offset is not None:
                    value = value * self._base(level, self.offset)[:, None]
        return self.read_predictions(value, level)

    def read_predictions(
        self, predicted: Float[np.ndarray, "row class"], level: Float[np.ndarray, " row"]
    ) -> Float64[np.ndarray, "row output"]:
        """Turn what LightGBM predicts, its link applied and what rows start from added, into values."""
        value = predicted.astype(np.float64)
        if self.offset is not None and not self._starts_at_base:
            value = value * self._base(level, self.offset)[:, None]
        return value if self.floor is None else np.maximum(value, self.floor)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "Target":
        """Read what `to_dict` gave, also after JSON."""
        bounds = Bounds(**tree.get("bounds", {}))  # an older Banian wrote none
        return cls(**(dict(tree) | {"grades": tuple(tree["grades"]), "bounds": bounds}))

    def _base(self, level: Float[np.ndarray, " row"], offset: float) -> Float64[np.ndarray, " row"]:
        return base_of(np.minimum(level, self.bounds.level), offset)


def possible_targets(
    target: Target,
    label: Float[np.ndarray, " row"],
    level: Float[np.ndarray, " row"],
    weight: Float[np.ndarray, " row"] | None = None,
) -> tuple[Target, ...]:
    """Give the ways to learn a task: as it is and, for numbers, relative to the trailing level where that is known.

    Of numbers they learn what is believed of these labels and levels; rows count by their `weight`.
    """
    around = _AROUND.get(target.objective)
    if around is None:
        return (target,)
    bounds = fit_bounds(label, level)
    target = replace(target, bounds=bounds)
    if not (level > 0).any():
        return (target,)
    near, past = bounds.clip(label), np.minimum(level, bounds.level)
    if weight is not None:
        copies = count_copies(weight, near)
        near, past = near.repeat(copies), past.repeat(copies)
    offset = fit_offset(near, past, around)
    return target, replace(target, offset=offset)
