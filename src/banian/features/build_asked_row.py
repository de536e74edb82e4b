"""Compiles what is computed from the columns of an ask, by the expressions that compute it from tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa

from banian.features.asked_row import ASKED, PLACE, AskedRow, AskFacts, Stated, held_as
from banian.features.attributes import change_of, changes_of
from banian.features.availability import reads_of
from banian.features.columns import own_features
from banian.features.compile_tree import compile_condition, compile_level
from banian.features.engine_ticks import tick_of
from banian.features.feature import Feature
from banian.features.plan import attributes_of, features_of_row
from banian.features.ticks import to_tick
from banian.schema import names_of
from banian.spec import RowTaskSpec, ShopSpec
from banian.spec.node import columns_of
from banian.spec.past import aggregates_back, columns_of_condition, level_of
from banian.tables import Change, Database, Table, apply_expression, as_float, as_text, cast_column


def plan_asks(
    database: Database, bounds: Mapping[str, tuple[tuple[str, ...], ...]] | None = None
) -> AskFacts:
    """Find what a store is to know of asks; `bounds` are those of `AskFacts`."""
    tasks = database.spec.tasks
    levels = {name: compile_level(database, name, task) for name, task in tasks.items()}
    conditions = {name: compile_condition(database, name, task) for name, task in tasks.items()}
    reports = {name: table.report for name, table in database.tables.items()}
    ends = {name: _tick(report.last) for name, report in reports.items() if report.last}
    firsts = [_tick(report.first) for report in reports.values() if report.first]
    first = min(firsts, default=None)
    rows = plan_asked_rows(database)
    return AskFacts(rows, levels, conditions, ends, bounds or {}, first)


def plan_more_asks(database: Database, new: Database, before: AskFacts) -> AskFacts:
    """Find what a store is to know of asks once the rows of `new` are among those of `database`.

    Where the tables end moves with the new rows, however few they are and however long after the others; only one that
    is dated after tomorrow is taken for mistyped.
    """
    found = plan_asks(database, before.bounds)
    tomorrow = to_tick(datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1))
    ends = dict(before.ends)
    for name, table in new.tables.items():
        if table.report.last and (end := _tick(table.report.last)) <= tomorrow:
            ends[name] = max(end, ends.get(name, end))
    firsts = [tick for tick in (before.first, found.first) if tick is not None]
    return replace(found, ends=ends, first=min(firsts, default=None))


def _tick(moment: str) -> int:
    return to_tick(datetime.fromisoformat(moment))


def plan_asked_rows(database: Database) -> dict[str, AskedRow]:
    """Compile what asks say of their rows, for every grain whose rows say something."""
    spec, found = database.spec, {}
    for task in spec.tasks.values():
        if task.grain in found or task.about not in database.tables:
            continue  # a derived entity says nothing of itself
        table = database.tables[task.about]
        if isinstance(task, RowTaskSpec):
            features = features_of_row(spec, database.types, task.rows)
        else:
            has_time = table.spec.time is not None
            names = attributes_of(spec, database.types, table.name, has_time=has_time)
            features = own_features(spec, table.name, table.types, names)
        stated = (one for one in features if one.statistic in ("value", "age"))
        found[task.grain] = plan_asked_row(spec, table, stated, _others(spec, task.grain))
    return found


def _others(spec: ShopSpec, grain: str) -> Iterator[str]:
    """Name the columns that WHERE reads, by which windows of rows find events, or that stand beside them in a level."""
    for task in spec.tasks.values():
        if task.grain != grain:
            continue
        yield from sorted(columns_of_condition(task))
        if isinstance(task, RowTaskSpec):
            yield from (column for part in aggregates_back(task) for column in part.same)
            level = level_of(task)
            yield from () if level is None else sorted(columns_of(level))


def plan_asked_row(
    spec: ShopSpec, table: Table, features: Iterable[Feature], others: Iterable[str] = ()
) -> AskedRow:
    """Compile features of a row of a table, what it links to, and other columns, for rows that stand in no table.

    Columns that are derived from others are computed, and so cannot be given; those that are looked up can.
    """
    source, kinds = table.spec, table.types
    given = {n: kind for n, kind in kinds.items() if n not in source.derive}
    schema = ibis.Schema.from_pyarrow(
        pa.schema([(PLACE, pa.int64()), *((name, held_as(kind)) for name, kind in given.items())])
    )
    asked = ibis.table(schema, name=ASKED)
    # Asks are read by their types already; floats become the decimals that they stand for.
    exact = {n: cast_column(asked[n], k) for n, k in given.items() if k.kind == "decimal"}
    typed = asked.mutate(**exact) if exact else asked
    for column, text in source.derive.items():
        if column in kinds:
            where = f"tables.{table.name}.derive.{column}"
            value = apply_expression(text, typed, where=where, names=names_of(spec, table.name))
            typed = typed.mutate(**{column: cast_column(value, kinds[column])})
    changes: dict[str, Change] = {column: change for _, (column, change) in changes_of(features)}
    named = (*source.links, *(() if source.scene is None else (source.scene,)))
    changes |= dict.fromkeys(named, as_text)
    changes |= {n: change_of(kinds[n]) for n in others if n in kinds and n not in changes}
    stated = {
        name: how
        for name, change in changes.items()
        if name in given and (how := _as_given(held_as(given[name]), change)) is not None
    }
    rest = {name: change(typed[name]) for name, change in changes.items() if name not in stated}
    found = typed.select(PLACE, **rest).order_by(PLACE).drop(PLACE)
    return AskedRow(
        forms={name: str(held_as(kind)) for name, kind in given.items()},
        reads={name: tuple(sorted(reads_of(source, name) & given.keys())) for name in changes},
        stated=stated,
        sql=str(ibis.to_sql(found, dialect="duckdb")) if rest else None,
    )


def _as_given(form: pa.DataType, change: Change) -> Stated | None:
    """Say what becomes of a column that an ask gives in a form, where no engine is needed for that."""
    if change is as_float and (
        pa.types.is_integer(form) or pa.types.is_floating(form) or pa.types.is_boolean(form)
    ):
        return "number"
    if change is as_text and (pa.types.is_string(form) or pa.types.is_integer(form)):
        return "text"
    return "tick" if change is tick_of and pa.types.is_timestamp(form) else None
