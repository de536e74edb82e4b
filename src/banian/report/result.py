"""The result of each task, as table and page show it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

from banian.evaluation import DominantRow, TaskImportance, higher_is_better
from banian.report.explanation import Explanation, explain
from banian.report.run import Run
from banian.spec import Metric


@final
@dataclass(frozen=True)
class BestPossible:
    """The score of the true probabilities, beside which the model's is shown."""

    value: float | None
    """The task's metric of the true probabilities, on the rows that the task was judged on."""
    gap_closed: float | None
    """Share of the constant's excess log loss that the model removes; None where the constant has no excess."""


@final
@dataclass(frozen=True)
class Serving:
    """What answers a task, and what the validation rows said of all that could have."""

    predictors: tuple[str, ...]
    """One, or several whose answers are averaged."""
    why: str
    """Why these were chosen, in words."""
    scores: Mapping[str, float | None]
    """Candidate → the task's metric on the validation rows."""


@final
@dataclass(frozen=True)
class TaskResult:
    """One task's score, beside what is easy and what is possible; None where it is undefined or unknown."""

    task: str
    """Its name."""
    grain: str
    """The entity or the rows that it asks about."""
    metric: Metric
    """The metric that it is judged by."""
    value: float | None
    """The metric on the test rows."""
    interval: tuple[float, float] | None
    """95 % interval of the value."""
    constant: float | None
    """The metric of the best constant, on the same rows."""
    better: bool | None
    """Whether it is surely better than the constant."""
    rows: int
    """Test rows with a label."""
    best: BestPossible | None = None
    """The score of the true probabilities, where a simulation knows them."""
    coverage: float | None = None
    """Share of the test labels that lie in their interval."""
    serving: Serving | None = None
    """What answers it."""
    quantile: float | None = None
    """Of a quantile: which one, and so the share of labels that are to lie at or below it."""
    below: float | None = None
    """Of a quantile: the share that does."""
    explanation: Explanation | None = None
    """What is asked and what the score means, in words."""
    dominant: DominantRow | None = None
    """The one row that makes up more than half of the metric; None where there is none."""
    importance: TaskImportance | None = None
    """The raw columns that it leans on; None where that was not measured."""

    @property
    def is_reachable(self) -> bool:
        """Whether skill 1 is the best possible score rather than a perfect one."""
        best = None if self.best is None else self.best.value
        if best is None or self.constant is None:
            return False
        return best > self.constant if higher_is_better(self.metric) else best < self.constant

    @property
    def is_sure_although_wide(self) -> bool:
        """Whether it is better than the constant beyond noise, and its own interval reaches the constant."""
        if not self.better or self.interval is None or self.constant is None:
            return False
        return self.interval[0] <= self.constant <= self.interval[1]

    def skill(self, value: float | None) -> float | None:
        """Put a value of the metric on a scale on which the constant is 0 and the best possible or perfect score 1.

        >>> TaskResult("churn", "customers", "auc", 0.75, None, 0.5, True, 9).skill(0.75)
        0.5
        """
        if self.metric == "qini":  # nobody knows how much there was to gain
            return None
        top = 1.0 if higher_is_better(self.metric) else 0.0
        if self.is_reachable and self.best is not None and self.best.value is not None:
            top = self.best.value
        if value is None or self.constant in (None, top):
            return None
        return (value - self.constant) / (top - self.constant)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        told = {name: field for name, field in asdict(self).items() if name not in ("task", "best")}
        if self.explanation is not None and self.explanation.cutoff is not None:
            told["explanation"]["cutoff"] = self.explanation.cutoff.isoformat()
        best = self.best or BestPossible(None, None)
        return told | {"best_possible": best.value, "gap_closed": best.gap_closed}


def task_results(run: Run, best: Mapping[str, BestPossible]) -> tuple[TaskResult, ...]:
    """Take each task's score from the card, and lay the best possible beside it where that is known."""
    results = []
    for task in run.spec.tasks:
        score = run.card["scores"][task]
        lower, upper = score["interval"]
        results.append(
            TaskResult(
                task=task,
                grain=run.card["labels"][task]["grain"],
                metric=score["metric"],
                value=score["value"],
                interval=None if lower is None or upper is None else (lower, upper),
                constant=score["constant"],
                better=score["better"],
                rows=score["rows"],
                best=best.get(task),
                coverage=score.get("coverage"),
                serving=_serving(run.card.get("served", {}).get(task)),
                quantile=score.get("quantile"),
                below=score.get("below"),
                explanation=explain(run, task),
                dominant=_dominant(score.get("dominant")),
                importance=_importance(run.card.get("importance", {}).get(task)),
            )
        )
    return tuple(results)


def _dominant(told: Mapping[str, Any] | None) -> DominantRow | None:
    return None if told is None else DominantRow.from_dict(told)


def _serving(told: Mapping[str, Any] | None) -> Serving | None:
    if told is None:
        return None
    return Serving(tuple(told["predictors"]), told["why"], dict(told["scores"]))


def _importance(told: Mapping[str, Any] | None) -> TaskImportance | None:
    return None if told is None else TaskImportance.from_dict(told)
