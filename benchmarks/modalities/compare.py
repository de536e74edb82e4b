"""The joint model beside each baseline: how far ahead it is, on the same test rows and the same draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Float32, Int64

from banian.errors import TableError
from banian.spec import Metric
from modalities.results import RESULTS, Kept, read_results
from modalities.rows import KEY, Rows
from modalities.scores import Interval, score

_PREDICTIONS = "test_predictions.parquet"


@dataclass(frozen=True)
class Comparison:
    """The joint model and one baseline, on one metric of one task."""

    data: str
    task: str
    metric: Metric
    rows: int
    baseline: str
    joint: Interval
    other: Interval
    ahead: Interval
    """Positive is better, whatever the metric."""


def compare_runs(
    rows: Rows, runs: Sequence[Path], *, folder: Path = RESULTS, draws: int | None = None
) -> list[Comparison]:
    """Compare runs of one data set, one for each seed, with all its baselines.

    Args:
        rows: the data set that the runs were trained on.
        runs: folders of runs, each with its `test_predictions.parquet`.
        folder: where the baselines' results are.
        draws: how often groups are drawn; as `banian.evaluation` does where it is left out.

    Raises:
        TableError: there are no results, or a run was not judged on the rows that the baselines were judged on.

    """
    tables = [pq.read_table(run / _PREDICTIONS) for run in runs]
    found = []
    for task, kept in read_results(rows.name, folder=folder).items():
        if task == rows.matching:  # no predictions answer it
            continue
        if not np.array_equal(kept.key, rows.key[rows.judged(task)]):
            raise TableError(
                f"the baselines of {rows.name} {task} were judged on other rows than those that are read now.",
                remedy=f"Run them again: python benchmarks/modalities.py DATA --only {rows.name} --baselines",
            )
        said = [
            _said(rows, task, kept.key, table, run) for table, run in zip(tables, runs, strict=True)
        ]
        found += _compare(rows, task, kept, np.stack(said), draws)
    return found


def _compare(
    rows: Rows, task: str, kept: Kept, joint: Float32[np.ndarray, "seed row"], draws: int | None
) -> list[Comparison]:
    group = rows.group[rows.judged(task)]
    found = []
    for metric in rows.tasks[task].metrics:
        scored = score(metric, kept.label, [joint, *kept.said.values()], group, draws=draws)
        found += [
            Comparison(
                rows.name,
                task,
                metric,
                len(kept.key),
                baseline,
                scored.interval(0),
                scored.interval(at),
                scored.ahead(0, at),
            )
            for at, baseline in enumerate(kept.said, start=1)
        ]
    return found


def _said(
    rows: Rows, task: str, keys: Int64[np.ndarray, " row"], table: pa.Table, run: Path
) -> Float32[np.ndarray, " row"]:
    """Give what a run says of the rows with these keys, in the numbers of the baselines."""
    own = table.filter(pc.equal(table["task"], task))
    place = pc.index_in(pa.array(keys), own[KEY].combine_chunks().cast(pa.int64()))
    if place.null_count:
        raise TableError(
            f"{run / _PREDICTIONS} lacks {place.null_count:,} of the {len(keys):,} test rows of {rows.name} {task}.",
            remedy="Train it on the tables that `Rows.write` wrote: their keys decide who judges.",
        )
    own = own.take(place)
    if rows.tasks[task].kind != "multiclass":
        return own["value"].to_numpy().astype(np.float32)
    codes = pc.index_in(own["choice"].combine_chunks(), pa.array(rows.classes(task)))
    return pc.fill_null(codes, -1).to_numpy().astype(np.float32)


def write_comparison(found: Sequence[Comparison]) -> str:
    """Write the comparisons as Markdown; * is where the whole interval of the difference is on one side of 0."""
    lines = [
        "| data, task | rows | metric | joint | baseline | its value | joint ahead by |",
        "|---" * 7 + "|",
    ]
    for one in found:
        clear = one.ahead.lower > 0 or one.ahead.upper < 0
        ahead = f"{one.ahead.value:+.4f} [{one.ahead.lower:+.4f}, {one.ahead.upper:+.4f}]"
        lines.append(
            f"| {one.data} {one.task} | {one.rows:,} | {one.metric} | {one.joint.value:.4f} | {one.baseline} | "
            f"{one.other.value:.4f} | {ahead}{' *' if clear else ''} |"
        )
    return "\n".join(lines)
