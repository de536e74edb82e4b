"""What a task asks and what its score means, for people who read neither the spec nor metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, final

import numpy as np
import pyarrow as pa

from banian.evaluation import TopTenth, top_tenth
from banian.kinds import AbstractKind, Judged, build_kind
from banian.report.run import Run
from banian.report.sentences import METRIC_WORDS, Total, say_promises, say_total, say_weighted
from banian.spec import (
    EntityTaskSpec,
    Kind,
    RowTaskSpec,
    TimeSplitSpec,
    format_question,
    question_in_words,
)
from banian.spec.node import Aggregate, Sql, own_columns_of, windowed_of


@final
@dataclass(frozen=True)
class Explanation:
    """A task in words and everyday numbers; None where that says nothing of its kind, or is not known."""

    kind: Kind
    """Kind of the task."""
    question: str
    """What is asked, as a sentence."""
    written: str
    """The same as it is written in a spec."""
    cutoff: datetime | None
    """From when on rows judge; the moment at which entities were asked."""
    horizon_days: float | None
    """How far the label looks ahead."""
    base: float | None
    """Mean of the labels that trained: of yes or no the base rate, of lists the number of items."""
    unit: str
    """What a number is counted in."""
    metric: str
    """What the metric means."""
    says: tuple[str, ...]
    """What the score means, a sentence each."""
    top_tenth: TopTenth | None = None
    """What the tenth of rows with the highest predictions holds."""
    total: Total | None = None
    """Sums of predictions and labels over the test rows."""


def explain(run: Run, task: str) -> Explanation:
    """Explain a task of a run."""
    declared, score, split = run.spec.tasks[task], run.card["scores"][task], run.spec.split
    judged, kind, unit = run.judged(task), build_kind(score["kind"]), _unit(declared)
    tenth = top_tenth(*_read(judged, "value")) if kind.has_top_tenth and len(judged) else None
    total = _total(judged, score, unit) if kind.adds_up and len(judged) else None
    return Explanation(
        kind=kind.name,
        question=question_in_words(declared, kind.name),
        written=format_question(declared),
        cutoff=split.test if isinstance(split, TimeSplitSpec) else None,
        horizon_days=_horizon(declared),
        base=run.card["labels"][task].get("mean"),
        unit=unit,
        metric=METRIC_WORDS[score["metric"]],
        says=tuple(_say(kind, Judged(declared, score, judged, unit, tenth), total)),
        top_tenth=tenth,
        total=total,
    )


def _say(kind: AbstractKind, judged: Judged, total: Total | None) -> Iterator[str]:
    yield from kind.explain(judged)
    if total is not None:
        yield from say_total(total, len(judged.rows))
    yield from say_promises(judged.score)
    if judged.task.weight is not None:
        yield from say_weighted(judged.task.weight)


def _read(judged: pa.Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    label, value = (judged[name].to_numpy().astype(np.float64) for name in ("label", column))
    return label, value


def _total(judged: pa.Table, score: Mapping[str, Any], unit: str) -> Total:
    """Sum up; where the mean stands beside a reported median, that, since medians do not add up."""
    has_mean = "mean" in judged.column_names and judged["mean"].null_count == 0
    label, value = _read(judged, "mean" if has_mean else "value")
    is_of_medians = score["metric"] == "mae" and not has_mean
    return Total(unit, float(value.sum()), float(label.sum()), is_of_medians)


def _horizon(task: RowTaskSpec | EntityTaskSpec) -> float | None:
    within = task.within if isinstance(task, RowTaskSpec) else None
    ahead = task.horizon or within
    return ahead / timedelta(days=1) if ahead else None


def _unit(task: RowTaskSpec | EntityTaskSpec) -> str:
    """Name the columns that a label's number comes from, as its unit: which currency it is, no table says."""
    found = []
    for part in windowed_of(task.tree):
        match part:
            case Aggregate(column=None, table=table):
                found.append(f"rows of {table}")
            case Aggregate(table=table, column=column):
                found.append(f"{table}.{column}")
            case Sql():
                found.append("what the SQL query gives")
    if isinstance(task, RowTaskSpec):
        found += [f"{task.rows}.{column.name}" for column in own_columns_of(task.tree)]
    return ", ".join(dict.fromkeys(found))
