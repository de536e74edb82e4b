"""predict: a bundle, raw tables, a moment → predictions."""

import warnings
from collections.abc import Sequence
from datetime import date
from os import PathLike

from banian.bundle import Bundle, load_bundle
from banian.errors import SpecError, TableError, nearest
from banian.examples import GrainExamples
from banian.examples.build import build_parts
from banian.examples.label_ends import default_moment
from banian.inference import Predictor, predict_rows
from banian.inference.moment import read_moment
from banian.predictions import (
    Predictions,
    PredictionTable,
    chain_predictions,
    stack_predictions,
)
from banian.spec import EntityTaskSpec
from banian.tables import Database, GivenData
from banian.workflows.new_data import compare_moment, read_new_data
from banian.workflows.progress import Announce, silence

_CELLS_AT_ONCE, _ROWS_AT_ONCE = 2**25, 2**18
"""Rows times features, and rows, that are held in memory at most."""


def predict(
    bundle: Bundle | Predictor | str | PathLike[str],
    data: GivenData = ".",
    *,
    tasks: str | Sequence[str] = (),
    at: str | date | None = None,
    engine: str = "duckdb",
    force: bool = False,
    announce: Announce = silence,
    warn: Announce = lambda text: warnings.warn(text, stacklevel=3),
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

    said: dict[str, list[Predictions]] = {}
    # A loop over the parts themselves would hold one while the next is built.
    for answered in map(answer, parts):
        for name, some in answered.items():
            said.setdefault(name, []).append(some)
    answers = {name: chain_predictions(said[name]) for name in chosen}
    rows = {task: len(answers[task]) for task in chosen}
    told = [*found.told]
    moments = {
        name: cutoffs[one.grain][0] for name, one in declared.items() if one.grain in cutoffs
    }
    for name, one in declared.items():
        when = moments.get(name, moment)
        told += compare_moment(database, {name: one}, rows, when, is_given=moment is not None)
    for text in told:
        warn(text)
    return PredictionTable(
        rows=stack_predictions([answers[task] for task in chosen]),
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
