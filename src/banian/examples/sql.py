"""A query of the user's own, held to the window that it declares."""

import os
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from sqlglot import exp

from banian.errors import LabelError, SpecError
from banian.features.availability import availability_of
from banian.features.engine_ticks import known_tick, tick_of, time_of
from banian.features.ticks import from_tick, to_tick
from banian.spec import SourceTableSpec
from banian.spec.node import Sql
from banian.spec.query import ASKS, GIVES, read_query, tables_of
from banian.tables import POSITION, Database, Table, reason_of_engine

_SECONDS = 600.0
_LIMIT = "BANIAN_QUERY_SECONDS"
"""Variable of the environment that says how long a query may run at one cutoff, in seconds."""


def query_window(database: Database, asks: ir.Table, part: Sql, where: str) -> ir.Table:
    """Run a query once per cutoff on tables that hold nothing outside its window; gives ask, value and known.

    The query sees `asks` (key, cutoff) and every table under its own name: of event tables the rows in the window, of
    entity tables those up to its end, and everywhere columns with `known_at` only where they were known by then. It
    gives `key` and `value`, at most one row per key; a key that it leaves out has no value.

    Raises:
        SpecError: it cannot be run, or takes too long.
        LabelError: it gives other columns, or a key twice.

    """
    query = read_query(part.query, set(database.tables), where)
    moments = asks.select("cutoff").distinct().order_by("cutoff").to_pyarrow()["cutoff"].to_pylist()
    answers = [_answer(database, asks, part, query, cutoff, where) for cutoff in moments]
    if not answers:
        none = pa.table({"key": pa.array([], pa.string()), "value": pa.array([], pa.float64())})
        answers = [none.append_column("moment", pa.array([], pa.int64()))]
    found = ibis.memtable(pa.concat_tables(answers, promote_options="permissive"))
    every = asks.select("ask", "cutoff", text=asks.key.cast("string"))
    joined = every.left_join(found, [every.text == found.key, every.cutoff == found.moment])
    return joined.select("ask", value=joined["value"], known=ibis.null("int64"))


def tables_of_query(database: Database, part: Sql, where: str) -> frozenset[str]:
    """Name the tables of the shop that a query reads.

    Raises:
        LeakageError: it reads anything else.
        SpecError: it is no query.

    """
    tables = database.spec.tables.items()
    sources = {name for name, table in tables if isinstance(table, SourceTableSpec)}
    query = read_query(part.query, sources, where)  # new data may lack some of them
    return frozenset(table.name for table in tables_of(query)) - {ASKS}


def _answer(
    database: Database, asks: ir.Table, part: Sql, query: exp.Query, cutoff: int, where: str
) -> pa.Table:
    here = asks.filter(asks.cutoff == cutoff)
    who = here.select("key", cutoff=time_of(here.cutoff)).distinct()
    views = {ASKS: who} | _views(database, part, cutoff)
    read = _run(database, query, views, where)
    if len(read["key"].unique()) < len(read):
        raise LabelError(
            f"{where}: the query gives a key more than once.",
            remedy="Aggregate: SELECT …, COUNT(*) AS value … GROUP BY key",
        )
    return read.append_column("moment", pa.array([cutoff] * len(read), pa.int64()))


def bind_query(database: Database, nobody: ir.Table, part: Sql, where: str) -> None:
    """Run a query on tables without rows: what it does not find in them is found before anything is computed.

    `nobody` has the columns of `asks`, and no row.

    Raises:
        SpecError: it cannot be run.
        LabelError: it gives other columns than key and value.

    """
    query = read_query(part.query, set(database.tables), where)
    views = {name: view.limit(0) for name, view in _views(database, part, 0).items()}
    _run(database, query, {ASKS: nobody} | views, where)


def _run(
    database: Database, query: exp.Query, views: Mapping[str, ir.Table], where: str
) -> pa.Table:
    """Give key, as text, and value of what a query answers."""
    seconds = float(os.environ.get(_LIMIT, _SECONDS))
    try:
        with database.engine.limit(seconds):
            found = database.engine.answer(query, views)
            if (names := sorted(found.columns)) == sorted(GIVES):
                key, value = found.key.cast("string"), found["value"]
                kind = value.type()
                value = value if kind.is_string() or kind.is_boolean() else value.cast("float64")
                return found.select(key=key, value=value).to_pyarrow()
    except TimeoutError:
        raise SpecError(
            f"{where}: the query runs longer than {seconds:g} s at one cutoff.",
            remedy=f"Join by keys, filter early; or allow it more: {_LIMIT}=SECONDS in the environment.",
        ) from None
    except Exception as error:  # whatever the engine raises: the text is the user's
        if "interrupt" in str(error).lower():
            raise
        raise SpecError(
            f"{where}: the query fails: {reason_of_engine(error)}", remedy="Correct it."
        ) from None
    raise LabelError(
        f"{where}: the query gives {', '.join(names)}.",
        remedy="It must give key and value, and nothing else.",
    )


def _views(database: Database, part: Sql, cutoff: int) -> dict[str, ir.Table]:
    return {name: _within(database, table, part, cutoff) for name, table in database.tables.items()}


def _within(database: Database, table: Table, part: Sql, cutoff: int) -> ir.Table:
    """Give the rows and values of a table that the window lets through."""
    spec, rows = table.spec, table.rows.drop(POSITION)
    if spec.time is None:
        return rows
    at = from_tick(cutoff)
    start, end = to_tick(part.window.start.after(at)), to_tick(part.window.end.after(at))
    tick = tick_of(rows[spec.time])
    inside = tick <= end
    if not _is_entity(database, table.name):
        inside = inside & (tick > start)
    seen = {}
    for column in table.types:
        when = availability_of(database.spec, table.name, column)
        if not when.is_at_row:
            known = (known_tick(spec, rows, when) <= end).fill_null(False)
            seen[column] = known.ifelse(rows[column], ibis.null(rows[column].type()))
    return rows.filter(inside).mutate(**seen)


def _is_entity(database: Database, name: str) -> bool:
    declared = database.spec.tables[name]
    return isinstance(declared, SourceTableSpec) and bool(database.spec.links_to(name))
