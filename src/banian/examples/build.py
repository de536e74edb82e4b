"""From a database to examples: ask, look back, look ahead."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.errors import TableError
from banian.examples.ask import Asks, ask_entities, ask_rows
from banian.examples.cutoff import lay_cutoffs
from banian.examples.examples import Examples, GrainExamples
from banian.examples.given_labels import keep_given
from banian.examples.had import drop_had
from banian.examples.label import UNKNOWN, Labels, build_labels
from banian.examples.label_ends import check_reach, given_chain, reach_of
from banian.examples.query_checks import check_queries
from banian.examples.subsample import subsample
from banian.examples.treatment import add_treatment
from banian.examples.weight import build_weights
from banian.features import describe_entities, describe_rows
from banian.features.asks import OWN
from banian.features.engine_events import EngineEvents
from banian.features.level import build_level
from banian.features.past_items import build_had, build_seen
from banian.spec import (
    DerivedTableSpec,
    EntityTaskSpec,
    RowTaskSpec,
    ShopSpec,
    TaskSpec,
    TimeSplitSpec,
)
from banian.spec.past import asks_new, is_list
from banian.tables import Database, Table, as_in_source, computing


def training_cutoffs(database: Database) -> dict[str, tuple[datetime, ...]]:
    """Lay the cutoffs of every entity grain, for training, validation and test.

    Raises:
        LabelError: no label of a task can be known from the test cutoff on.
        TableError: the data begin after the validation cutoff.

    """
    spec, found = database.spec, dict[str, tuple[datetime, ...]]()
    if not isinstance(spec.split, TimeSplitSpec):
        return found
    check_reach(database, spec.split)
    for grain, tasks in _tasks_by_grain(spec).items():
        entity_tasks = [task for task in tasks.values() if isinstance(task, EntityTaskSpec)]
        if not entity_tasks:
            continue
        seen = [database.tables[name].report for name in spec.links_to(grain)]
        firsts = [datetime.fromisoformat(report.first) for report in seen if report.first]
        first = min(firsts, default=None)
        if first is None or first >= spec.split.valid:
            begin = "have no time" if first is None else f"begin {first}"
            raise TableError(
                f"tasks about {grain}: the data {begin}, and split.valid is {spec.split.valid}.",
                remedy="Put split.valid after the first events.",
            )
        horizons = tuple(task.horizon for task in entity_tasks)
        found[grain] = lay_cutoffs(spec.split, horizons, first)
    return found


def build_examples(
    database: Database,
    cutoffs: Mapping[str, tuple[datetime, ...]],
    *,
    since: datetime | None = None,
    tasks: tuple[str, ...] | None = None,
    labelled: bool = True,
    most: int | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Examples:
    """Build the rows of every grain: who asks, what was known, what happened.

    `cutoffs` says when entities are asked about; rows are asked at their own time, from `since` on. Without `labelled`
    no label is looked up: the rows are to be predicted. A task in `tasks` brings those along that it is given. Of more
    than `most` rows about so many are chosen by hash, entities whole.
    `announce` is told which grain comes next.
    """
    grains = {}
    wanted = _with_given(database.spec, tasks)
    check_queries(database, sorted(wanted))
    for grain, chosen in _tasks_by_grain(database.spec, wanted).items():
        announce(grain)
        asks = subsample(database.engine, _ask(database, grain, chosen, cutoffs, since), most)
        grains[grain] = _build_rows(database, asks, chosen, labelled=labelled)
    reach = {
        name: found
        for rows in grains.values()
        for name in rows.tasks
        if labelled and (found := reach_of(database, name)) is not None
    }
    return Examples(grains, reach)


def build_parts(
    database: Database,
    cutoffs: Mapping[str, tuple[datetime, ...]],
    *,
    since: datetime | None = None,
    tasks: tuple[str, ...] | None = None,
    at_once: Callable[[str], int],
    announce: Callable[[str], None] = lambda _: None,
) -> Iterator[GrainExamples]:
    """Build the rows that are to be predicted, of a grain so many at once, so that memory does not grow with them.

    Together they are what `build_examples` gives without labels; of a grain without rows there is one empty part.
    `at_once` says of how many rows of a grain features are held in memory; the other arguments are those of
    `build_examples`.
    """
    wanted = _with_given(database.spec, tasks)
    check_queries(database, sorted(wanted))
    for grain, chosen in _tasks_by_grain(database.spec, wanted).items():
        announce(grain)
        asks, most = _ask(database, grain, chosen, cutoffs, since), at_once(grain)
        count = int(asks.rows.count().to_pyarrow().as_py())
        if count <= most:
            yield _build_rows(database, asks, chosen, labelled=False)
            continue
        for start in range(0, count, most):
            announce(f"{grain}, {start:,} of {count:,}")
            place = asks.rows.ask
            some = asks.rows.filter(place >= start, place < start + most)
            some = database.engine.keep(some.mutate(ask=place - start))
            yield _build_rows(database, replace(asks, rows=some), chosen, labelled=False)
            database.engine.drop(some)


def _tasks_by_grain(
    spec: ShopSpec, wanted: Container[str] | None = None
) -> dict[str, dict[str, TaskSpec]]:
    grains: dict[str, dict[str, TaskSpec]] = {}
    for name, task in spec.tasks.items():
        if wanted is None or name in wanted:
            grains.setdefault(task.grain, {})[name] = task
    return grains


def _with_given(spec: ShopSpec, tasks: tuple[str, ...] | None) -> set[str]:
    chosen = spec.tasks if tasks is None else tasks
    return {each for name in chosen for each in given_chain(spec, name)}


def _ask(
    database: Database,
    grain: str,
    tasks: Mapping[str, TaskSpec],
    cutoffs: Mapping[str, tuple[datetime, ...]],
    since: datetime | None,
) -> Asks:
    """Say which rows of a grain ask; its tasks are all about an entity, or all about rows of a table."""
    row_tasks = {name: task for name, task in tasks.items() if isinstance(task, RowTaskSpec)}
    entity_tasks = {name: task for name, task in tasks.items() if isinstance(task, EntityTaskSpec)}
    with computing(database.engine, f"tasks about {grain}: where"):
        if entity_tasks:
            return ask_entities(database, grain, entity_tasks, cutoffs[grain])
        table = database.tables[next(iter(row_tasks.values())).rows]
        return ask_rows(database, table, row_tasks, since)


def _build_rows(
    database: Database, asks: Asks, tasks: Mapping[str, TaskSpec], *, labelled: bool
) -> GrainExamples:
    """Tell rows that ask what was known and, with `labelled`, what happened next."""
    source, one = EngineEvents(database, is_new=not labelled), next(iter(tasks.values()))
    if isinstance(one, RowTaskSpec):
        entities = describe_rows(source, one.rows, asks.rows)
        scene = _scene(database.tables[one.rows], asks)
    else:
        entities = describe_entities(source, asks.grain, asks.rows)
        scene = pa.nulls(len(entities[asks.grain].present), pa.string())
    read = asks.rows.order_by("ask").to_pyarrow()
    cluster, clusters = _clusters(read[asks.cluster])
    had = {}
    for name, task in tasks.items():
        if asks_new(task):
            with computing(database.engine, f"tasks.{name}.label"):
                had[name] = build_had(source, asks.rows, name, task)
    answers = {
        name: add_treatment(_labels(database, asks, name, task, had.get(name)), read, name, task)
        if labelled
        else _unknown(len(read))
        for name, task in tasks.items()
    }
    label = np.stack([answer.value for answer in answers.values()], axis=1)
    matured = np.stack([answer.matured for answer in answers.values()], axis=1)
    asked = np.stack([read[f"asks {name}"].to_numpy() for name in tasks], axis=1)
    label[~asked] = np.nan
    keep_given(tasks, label, matured)
    with computing(database.engine, f"tasks about {one.grain}: weight"):
        weight = build_weights(database, asks, tasks, asked, label) if labelled else None
    classes = {
        name: answer.classes for name, answer in answers.items() if answer.classes is not None
    }
    level = []
    for name, task in tasks.items():
        with computing(database.engine, f"tasks.{name}.label"):
            level.append(build_level(source, asks.rows, name, task))
    return GrainExamples(
        grain=one.grain,
        tasks=tuple(tasks),
        keys=_keys(database, asks, read),
        cluster=cluster,
        clusters=clusters,
        cutoff=read["cutoff"].fill_null(UNKNOWN).to_numpy().astype("datetime64[us]"),
        scene=scene,
        entities={name: seen.to_arrow() for name, seen in entities.items()},
        asked=asked,
        label=label,
        matured_at=matured.astype("datetime64[us]"),
        level=np.stack(level, axis=1),
        weight=weight,
        classes=classes,
        items={
            name: _only(answer.items, ~np.isnan(label[:, at]))
            for at, (name, answer) in enumerate(answers.items())
            if answer.items is not None
        },
        seen={
            name: build_seen(source, asks.rows, name, task)
            for name, task in tasks.items()
            if is_list(task)
        },
        had=had,
        endless={
            name: times
            for at, (name, answer) in enumerate(answers.items())
            if answer.endless is not None and (times := int(answer.endless[asked[:, at]].sum()))
        },
    )


def _labels(
    database: Database, asks: Asks, name: str, task: TaskSpec, had: pa.Array | None
) -> Labels:
    with computing(database.engine, f"tasks.{name}.label"):
        labels = build_labels(database, asks, name, task)
    return labels if had is None else drop_had(labels, had)


def _keys(database: Database, asks: Asks, read: pa.Table) -> pa.Table:
    """Name the rows for the user, in the types and spelling of the source."""
    declared = database.spec.tables[asks.grain]
    home = declared.from_ if isinstance(declared, DerivedTableSpec) else asks.grain
    stored = database.tables[home].stored
    return pa.table(
        {
            shown: as_in_source(read[column], stored.get(shown))
            for shown, column in asks.keys.items()
        }
    )


def _only(lists: pa.Array, known: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(known), lists, pa.scalar(None, lists.type))


def _unknown(rows: int) -> Labels:
    return Labels(np.full(rows, np.nan), np.full(rows, UNKNOWN))


def _scene(table: Table, asks: Asks) -> pa.Array:
    column = table.spec.scene
    rows = asks.rows.order_by("ask")
    scene = ibis.null("string") if column is None else rows[OWN + column].cast("string")
    return rows.select(scene=scene).to_pyarrow()["scene"].combine_chunks()


def _clusters(keys: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Count the clusters in the order of their keys as text; rows without a key are one cluster."""
    texts = pc.fill_null(pc.cast(keys, pa.string()), "").combine_chunks()
    unique = pc.unique(texts).sort()
    return pc.index_in(texts, unique).to_numpy().astype(np.int64), unique
