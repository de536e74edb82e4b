"""predict: a bundle, raw tables, a moment → predictions."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from os import PathLike
from typing import final

import pyarrow as pa

from banian.bundle import Bundle, load_bundle
from banian.errors import SpecError, TableError, nearest
from banian.examples import GrainExamples
from banian.examples.build import build_parts
from banian.examples.label_ends import default_moment
from banian.inference import Predictor, predict_rows
from banian.inference.moment import read_moment
from banian.predictions import Predictions, PredictionTable
from banian.spec import EntityTaskSpec
from banian.tables import Database, GivenData
from banian.workflows.held_predictions import HeldPredictions
from banian.workflows.new_data import compare_moment, read_new_data
from banian.workflows.progress import Announce, silence
from banian.workflows.table_form import TableParts

_CELLS_AT_ONCE, _ROWS_AT_ONCE = 2**25, 2**18
"""Rows times features, and rows, that are held in memory at most."""


@final
@dataclass(frozen=True)
class PredictionParts:
    """What `predict` finds, of which one part is in memory at a time; the columns are those of `PredictionTable`.

    Args:
        rows: The predictions, task by task.
        tasks: Task → its rows, those without any as well.
        moments: Task about entities → as of when they are asked.
        warnings: What the new data lack beside those of training, and why a task has no rows.
        quarantine: Rows that were set aside.

    """

    rows: TableParts
    tasks: Mapping[str, int]
    moments: Mapping[str, datetime]
    warnings: tuple[str, ...]
    quarantine: pa.Table


def predict(
    bundle: Bundle | Predictor | str | PathLike[str],
    data: GivenData = ".",
    *,
    tasks: str | Sequence[str] = (),
    at: str | date | None = None,
    engine: str = "duckdb",
    force: bool = False,
    announce: Announce = silence,
    warn: Announce = lambda text: warnings.warn(text, stacklevel=4),
) -> PredictionTable:
    """Predict the chosen tasks, one or several, all if none is named.

    `bundle` is what `banian.load` gave, or a folder. `data` is the folder of the files, or maps tables to DataFrames or
    paths. Tasks about entities are asked at `at` (a time, a date, or the text of one; without an offset it is UTC),
    else where the tables end that the labels about their entity read. Tasks about rows are asked for every row at its
    own time: from `at` on, else for all rows. `engine` is duckdb, spark (on this machine) or the master URL of a Spark
    cluster.

    Every column that predictions are made from is compared with training, and what differs is told to `warn`. Columns
    and tables that only labels read, or that become known later, need not be there.

    Raises:
        SpecError: a task does not exist, or `at` is no time.
        TableError: the data have no time at which entities could be asked; or a column that predictions are made from
            is gone or cannot be read, unless `force` says to go on as if it were not known.

    """
    found = predict_parts(
        bundle,
        data,
        tasks=tasks,
        at=at,
        engine=engine,
        force=force,
        announce=announce,
        warn=warn,
    )
    return PredictionTable(
        rows=found.rows.whole(),
        tasks=found.tasks,
        moments=found.moments,
        warnings=found.warnings,
        quarantine=found.quarantine,
    )


def predict_parts(
    bundle: Bundle | Predictor | str | PathLike[str],
    data: GivenData,
    *,
    tasks: str | Sequence[str],
    at: str | date | None,
    engine: str,
    force: bool,
    announce: Announce,
    warn: Announce,
) -> PredictionParts:
    """Predict as `predict` does, however many rows there are."""
    if isinstance(bundle, Predictor):
        bundle = bundle.bundle
    elif not isinstance(bundle, Bundle):
        bundle = load_bundle(bundle)
    spec = bundle.spec
    chosen = _choose(bundle, (tasks,) if isinstance(tasks, str) else tuple(tasks))
    declared = {task: spec.tasks[task] for task in chosen}
    moment = None if at is None else read_moment(at)
    database, found = read_new_data(
        bundle, declared, data, engine=engine, force=force, announce=announce, warn=warn
    )
    asked: dict[str, list[str]] = {}
    for name, task in declared.items():
        if isinstance(task, EntityTaskSpec):
            asked.setdefault(task.grain, []).append(name)
    cutoffs = {}
    for grain, about in asked.items():
        now = moment or default_moment(database, about)
        if now is None:
            raise TableError(_why_no_moment(database), remedy="Say when to predict: --at TIME")
        cutoffs[grain] = (now,)
    parts = build_parts(
        database,
        cutoffs,
        since=moment,
        tasks=chosen,
        at_once=lambda grain: _rows_at_once(bundle, grain),
        announce=lambda grain: announce(f"building features: {grain}"),
    )

    def answer(part: GrainExamples) -> dict[str, Predictions]:
        announce(f"predicting: {part.grain}")
        return predict_rows(bundle, part)

    held = HeldPredictions(chosen)
    # A loop over the parts themselves would hold one while the next is built.
    for answered in map(answer, parts):
        for some in answered.values():
            held.append(some)
    rows, told = held.counts, [*found.told]
    moments = {
        name: cutoffs[one.grain][0] for name, one in declared.items() if one.grain in cutoffs
    }
    for name, one in declared.items():
        when = moments.get(name, moment)
        told += compare_moment(database, {name: one}, rows, when, is_given=moment is not None)
    for text in told:
        warn(text)
    return PredictionParts(
        rows=held.read(),
        tasks=rows,
        moments=moments,
        warnings=tuple(told),
        quarantine=database.quarantine.to_pyarrow(),
    )


def _rows_at_once(bundle: Bundle, grain: str) -> int:
    """Choose of how many rows to hold the features, about as many as the network of all tasks reads."""
    states, entities = bundle.joint.features.entities, bundle.grains[grain].entities
    read = [states[name] for name in entities if name in states]
    fields = sum(len(state.numbers) + len(state.categories) for state in read)
    return max(1, min(_CELLS_AT_ONCE // max(fields, 1), _ROWS_AT_ONCE))


def _why_no_moment(database: Database) -> str:
    empty = [name for name, table in database.tables.items() if table.spec.time is not None]
    if not empty:
        return "No table has a time."
    return f"No table with a time has a row: {', '.join(empty)}."


def _choose(bundle: Bundle, asked: tuple[str, ...]) -> tuple[str, ...]:
    tasks = bundle.spec.tasks
    for task in asked:
        if task not in tasks:
            raise SpecError(f"The bundle has no task {task!r}.", remedy=nearest(task, tasks))
    return tuple(dict.fromkeys(asked)) or tuple(tasks)
