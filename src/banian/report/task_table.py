"""The table of tasks, as the terminal and the page show it."""

from collections.abc import Sequence

from banian.evaluation import BELOW, INSIDE, name_promises, number
from banian.report.result import TaskResult

_COLUMNS = (
    "task",
    "grain",
    "metric",
    "value ",
    "95 % interval ",
    "constant ",
    "possible ",
    "gap closed ",
    f"{INSIDE} ",
    f"{BELOW} ",
    "served by",
    "rows ",
)
"""Numbers end in a space: they stand to the right."""


def format_task_table(
    results: Sequence[TaskResult],
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Write the tasks as columns' names and rows of text; a column in which nothing is known is left out."""
    rows = [_cells(result) for result in results]
    shown = [at for at in range(len(_COLUMNS)) if any(row[at] for row in rows)]
    names = tuple(_COLUMNS[at] for at in shown)
    return names, tuple(tuple(row[at] for at in shown) for row in rows)


def _cells(result: TaskResult) -> tuple[str, ...]:
    gap = None if result.best is None else result.best.gap_closed
    ends, promises = (
        result.interval,
        name_promises(result.coverage, result.quantile, result.below),
    )
    return (
        result.task,
        result.grain,
        result.metric,
        number(result.value),
        "" if ends is None else f"{number(ends[0])} to {number(ends[1])}",
        number(result.constant),
        number(None if result.best is None else result.best.value),
        "" if gap is None else f"{100 * gap:.0f} %",
        promises.get(INSIDE, ""),
        promises.get(BELOW, ""),
        _served_by(result),
        f"{result.rows:,}",
    )


def _served_by(result: TaskResult) -> str:
    """Name what answers where there was a choice."""
    serving = result.serving
    return " + ".join(serving.predictors) if serving and len(serving.scores) > 1 else ""
