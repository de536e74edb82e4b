"""A query of the user's own, held to the window that it declares."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from banian.errors import LabelError, LeakageError, SpecError, nearest
from banian.examples.clock import delays_of, from_tick, known_tick, tick_of, time_of, to_tick
from banian.spec import SourceTableSpec
from banian.spec.node import Sql
from banian.tables import POSITION, Database, Table

_ASKS = "asks"
_DIALECT = "duckdb"  # what users write; engines of other dialects get it translated
_COLUMNS = {"key", "value"}


def query_window(database: Database, asks: ir.Table, part: Sql, where: str) -> ir.Table:
    """Run a query once per cutoff on tables that hold nothing outside its window; gives ask, value and known.

    The query sees `asks` (key, cutoff) and every table under its own name: of event tables the rows in the window, of
    entity tables those up to its end, and everywhere columns with `known_at` only where they were known by then. It
    gives `key` and `value`, at most one row per key; a key that it leaves out has no value.

    Raises:
        LeakageError: it reads anything else.
        SpecError: it is no query, or cannot be run.
        LabelError: it gives other columns, or a key twice.

    """
    query = _read(part.query, set(database.tables) | {_ASKS}, where)
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
    query = _read(part.query, sources | {_ASKS}, where)  # new data may lack some of them
    return frozenset(table.name for table in _tables_of(query)) - {_ASKS}


def _read(text: str, known: set[str], where: str) -> exp.Query:
    try:
        query = sqlglot.parse_one(text, dialect=_DIALECT)
    except sqlglot.errors.SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise SpecError(f"{where}: cannot read this SQL: {reason}", remedy="Correct it.") from None
    if not isinstance(query, exp.Query):
        raise SpecError(f"{where}: this SQL is no query.", remedy="Write SELECT key, … AS value …")
    for table in _tables_of(query):
        is_plain = isinstance(table.this, exp.Identifier) and not table.db
        if not is_plain or table.name not in known:
            raise LeakageError(
                f"{where}: the query reads {table.sql(_DIALECT)}, of which no window is known.",
                remedy=f"Read the declared tables only. {nearest(table.name, known)}",
            )
    return query


def _tables_of(query: exp.Query) -> Iterator[exp.Table]:
    """Give the tables that a query reads: a name of its own WITH is one only where that does not reach."""
    for scope in traverse_scope(query):
        yield from (found for found in scope.sources.values() if isinstance(found, exp.Table))
    own = {part.alias for part in query.find_all(exp.CTE)}
    yield from (table for table in query.find_all(exp.Table) if table.name not in own)


def _answer(
    database: Database, asks: ir.Table, part: Sql, query: exp.Query, cutoff: int, where: str
) -> pa.Table:
    here = asks.filter(asks.cutoff == cutoff)
    views = {_ASKS: here.select("key", cutoff=time_of(here.cutoff)).distinct()}
    for name, table in database.tables.items():
        views[name] = _within(database, table, part, cutoff)
    try:
        found = database.engine.answer(query, views)
        names = set(found.columns)
        if names == _COLUMNS:
            key, value = found.key.cast("string"), found["value"]
            value = (
                value
                if value.type().is_string() or value.type().is_boolean()
                else value.cast("float64")
            )
            read = found.select(key=key, value=value).to_pyarrow()
    except Exception as error:  # whatever the engine raises: the text is the user's
        reason = str(error).strip().splitlines()[0]
        raise SpecError(f"{where}: the query fails: {reason}", remedy="Correct it.") from None
    if names != _COLUMNS:
        raise LabelError(
            f"{where}: the query gives {', '.join(sorted(names))}.",
            remedy="It must give key and value, and nothing else.",
        )
    if len(read["key"].unique()) < len(read):
        raise LabelError(
            f"{where}: the query gives a key more than once.",
            remedy="Aggregate: SELECT …, COUNT(*) AS value … GROUP BY key",
        )
    return read.append_column("moment", pa.array([cutoff] * len(read), pa.int64()))


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
        delays = delays_of(database.spec, table.name, frozenset({column}))
        if delays:
            known = (known_tick(spec, rows, delays) <= end).fill_null(False)
            seen[column] = known.ifelse(rows[column], ibis.null(rows[column].type()))
    return rows.filter(inside).mutate(**seen)


def _is_entity(database: Database, name: str) -> bool:
    declared = database.spec.tables[name]
    return isinstance(declared, SourceTableSpec) and bool(database.spec.links_to(name))
