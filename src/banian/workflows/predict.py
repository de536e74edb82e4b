"""predict: a bundle, raw tables, a moment → predictions."""

from datetime import datetime
from os import PathLike
from pathlib import Path

import pyarrow as pa

from banian.bundle import Bundle
from banian.errors import SpecError, TableError, nearest
from banian.examples import build_examples, default_moment
from banian.predictions import stack_predictions
from banian.spec import EntityTaskSpec
from banian.tables import build_engine, read_database
from banian.workflows.answer import answer
from banian.workflows.progress import Announce, silence


def predict(
    bundle: Bundle,
    data: str | PathLike[str],
    *,
    tasks: tuple[str, ...] = (),
    at: datetime | None = None,
    engine: str = "duckdb",
    announce: Announce = silence,
) -> pa.Table:
    """Predict the chosen tasks, all if none is named.

    Tasks about entities are asked at `at`, else where the tables end that the labels about their entity read. Tasks
    about rows are asked for every row at its own time: for rows from `at` on, else for all rows. `engine` is duckdb,
    spark (on this machine) or the master URL of a Spark cluster.

    Raises:
        SpecError: a task does not exist.
        TableError: the data have no time at which entities could be asked.

    """
    spec = bundle.spec
    for task in tasks:
        if task not in spec.tasks:
            raise SpecError(f"The bundle has no task {task!r}.", remedy=nearest(task, spec.tasks))
    chosen = tasks or tuple(spec.tasks)
    database = read_database(
        spec,
        Path(data),
        engine=build_engine(engine),
        types=bundle.types,
        announce=lambda table: announce(f"reading {table}"),
    )
    asked: dict[str, list[str]] = {}
    for task in chosen:
        if isinstance(spec.tasks[task], EntityTaskSpec):
            asked.setdefault(spec.tasks[task].grain, []).append(task)
    cutoffs = {}
    for grain, about in asked.items():
        now = at or default_moment(database, about)
        if now is None:
            raise TableError("No table has a time.", remedy="Say when to predict: --at TIME")
        cutoffs[grain] = (now,)
    examples = build_examples(
        database,
        cutoffs,
        since=at,
        tasks=chosen,
        labelled=False,
        announce=lambda grain: announce(f"building features: {grain}"),
    )
    announce("predicting")
    answers = answer(bundle, examples)
    return stack_predictions([answers[task] for task in chosen])
