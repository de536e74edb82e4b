"""Count the labels of each task by role; refuse tasks that have too few to train, select or judge."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np

from banian.errors import LabelError
from banian.examples.examples import Examples, GrainExamples
from banian.examples.label_facts import LabelFacts
from banian.examples.reach import Reach, format_instant, suggest_earlier_test
from banian.examples.split import Roles
from banian.spec import Kind, SplitSpec, TimeSplitSpec


@final
@dataclass(frozen=True)
class LabelCounts:
    """The labels of one task, counted."""

    kind: Kind
    """Kind of the task."""
    grain: str
    """Grain of its rows."""
    asked: int
    """Rows that the task asks about."""
    select: int
    """Labels that train while epochs are selected."""
    valid: int
    """Labels that select."""
    refit: int
    """Labels that train the model that is kept."""
    calibration: int
    """Labels that calibrate it."""
    test: int
    """Labels that judge it."""
    mean: float | None
    """Weighted mean of the labels that train the model that is kept, the base rate of yes or no; of classes none."""
    weightless: int = 0
    """Rows asked whose weight is 0 or not known: they neither train nor judge."""
    endless: int = 0
    """Rows asked that have no label because the number would be without end, such as what was divided by zero."""
    reach: str | None = None
    """Up to when labels are known: where the first of the tables ends that they read; None without time."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)


def count_labels(
    examples: Examples,
    roles: Mapping[str, Roles],
    facts: Mapping[str, LabelFacts],
    split: SplitSpec,
) -> dict[str, LabelCounts]:
    """Count every task's labels by role; `facts` says of each task what its labels are.

    Raises:
        LabelError: a task cannot be learned: no label matured in time, or all are the same class; or not be judged.

    """
    label_counts = {}
    for grain, rows in examples.grains.items():
        for at, task in enumerate(rows.tasks):
            role = roles[grain]
            used = {name: getattr(role, name)[:, at] for name in _ROLES}
            counts = {name: int(mask.sum()) for name, mask in used.items()}
            trains = rows.label[used["refit"], at]
            _refuse(task, facts[task], counts, rows.label[used["select"], at], trains)
            if not counts["test"]:
                raise _unjudged(rows, at, split, examples.reach.get(task))
            reach, weight = examples.reach.get(task), rows.weight_of(task)
            counting = None if weight is None else weight[used["refit"]]
            label_counts[task] = LabelCounts(
                kind=facts[task].kind,
                grain=grain,
                asked=int(rows.asked[:, at].sum()),
                mean=float(np.average(trains, weights=counting)) if facts[task].has_mean else None,
                weightless=0 if weight is None else int((rows.asked[:, at] & (weight == 0)).sum()),
                endless=rows.endless.get(task, 0),
                reach=None if reach is None else reach.until.isoformat(),
                **counts,
            )
    if not any(found.valid for found in label_counts.values()):
        raise LabelError(
            "No task has a label that matured between the validation and the test cutoff.",
            remedy="Move split.valid and split.test further apart.",
        )
    return label_counts


_ROLES = ("select", "valid", "refit", "calibration", "test")


def _refuse(
    task: str, facts: LabelFacts, counts: Mapping[str, int], select: np.ndarray, refit: np.ndarray
) -> None:
    if not counts["select"] or not counts["refit"]:
        raise LabelError(
            f"tasks.{task}: no label matured before the validation cutoff, so nothing can be learned.",
            remedy="Move split.valid later, shorten the window, or check the label's filter.",
        )
    for labels in (select, refit):
        if facts.needs is not None and labels.min() == labels.max():
            same = f"{labels[0]:g}" if facts.coded is None else "the same"
            raise LabelError(
                f"tasks.{task}: all {len(labels)} training labels are {same}: one class only.",
                remedy=f"Check the label's column, filter and window; a task needs {facts.needs}.",
            )


def _unjudged(rows: GrainExamples, at: int, split: SplitSpec, reach: Reach | None) -> LabelError:
    task, known = rows.tasks[at], rows.mask[:, at]
    if not isinstance(split, TimeSplitSpec):
        return LabelError(
            f"tasks.{task}: none of its {known.sum()} labels falls into the share {split.test:g} that judges.",
            remedy="Raise split.test, or split by a column with more values: split: {by: id}.",
        )
    asked = rows.asked[:, at] & (rows.cutoff >= np.datetime64(split.test, "us"))
    start = format_instant(split.test)
    if asked.any():
        why = f"of {asked.sum()} rows that ask from the test cutoff {start} on, not one has a known label"
    else:
        why = f"not one row asks from the test cutoff {start} on"
    if reach is not None:
        why += f": {reach}"
    newest = rows.cutoff[known].max().item()
    return LabelError(f"tasks.{task}: {why}.", remedy=suggest_earlier_test(split, newest))
