"""A query of the user's own: read, and held to what can be the same tomorrow."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from banian.errors import LabelError, LeakageError, SpecError, nearest

ASKS = "asks"
"""The table that a query sees beside those of the shop: who is asked about, and when."""
GIVES = ("key", "value")
"""The columns that it gives."""
DIALECT = "duckdb"  # what users write; engines of other dialects get it translated

_CHANGING = re.compile(
    r"rand|randn|random|shuffle|uuid(v\d)?|gen_random_uuid|setseed|(next|curr|set|last)val"
    r"|now|today|ago|local(time|timestamp)|(transaction|statement|clock)_timestamp|timeofday"
    r"|current_(date|time|timestamp|localtime|localtimestamp)|get_current_time(stamp)?"
    r"|monotonically_increasing_id|spark_partition_id|error|stats|vector_type"
)
"""Functions that give something else each time, or each day."""
_OUTSIDE = re.compile(
    r"current_\w+|session_user|getenv|getvariable|set_config|version|in_search_path|txid_current"
    r"|pg_\w+|inet_\w+|has_\w+_privilege|duckdb_\w+|pragma_\w+|get_block_size|which_secret"
    r"|read_\w+|sniff_\w+|parquet_\w+|\w+_scan|glob|query|query_table|input_file_\w+|from_substrait"
    r"|json_execute_serialized_sql|(try_)?reflect|java_method|python_map_function|dblink\w*"
    r"|sleep_ms|write_log|(enable|disable)_\w+|(force_)?checkpoint|(de)?register_\w+"
)
"""Functions that read settings, files or the machine, or do something to them."""
_WORDS = re.compile(r"current_(schema|catalog|user|role)|session_user")
"""Such functions that stand without brackets."""
_PICKING = re.compile(r"first|last|any_value|arbitrary|list|(array|string|list)_?agg|group_concat")
"""Aggregates that come out by the order of the rows."""
_PLACING = re.compile(r"row_number|ntile|lag|lead|(first|last|nth)_value")
"""Functions of a window that come out by the order of its rows."""
_SAME = "A label must come out the same tomorrow: read the declared tables, and the cutoff of asks."


def read_query(text: str, tables: set[str], where: str) -> exp.Query:
    """Read a query over these tables and `asks`; `where` names its place in the spec.

    Raises:
        SpecError: it is no query, not the only one, or calls what depends on more than the tables.
        LeakageError: it reads another table.
        LabelError: it gives other columns than key and value, as far as it names them.

    >>> read_query("SELECT who AS key, COUNT(*) AS value FROM orders GROUP BY 1", {"orders"}, "").key
    'select'

    """
    with _quiet():
        return _read(text, tables, where)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the parser print nothing: it would print the query, which may hold a secret."""
    log = logging.getLogger("sqlglot")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _read(text: str, tables: set[str], where: str) -> exp.Query:
    query = _parse(text, where)
    try:
        read = list(tables_of(query))
    except sqlglot.errors.SqlglotError as error:
        raise _unreadable(where, error) from None
    known = tables | {ASKS}
    for table in read:
        is_plain = isinstance(table.this, exp.Identifier) and not table.db
        if not is_plain or table.name not in known:
            raise LeakageError(
                f"{where}: the query reads {table.sql(DIALECT)}, of which no window is known.",
                remedy=f"Read the declared tables only. {nearest(table.name, known)}",
            )
    _refuse_calls(query, where)
    _refuse_order_of_rows(query, where)
    _check_columns(query, where)
    return query


def _parse(text: str, where: str) -> exp.Query:
    try:
        found = [part for part in sqlglot.parse(text, dialect=DIALECT) if part is not None]
    except sqlglot.errors.SqlglotError as error:
        raise _unreadable(where, error) from None
    except RecursionError:
        raise SpecError(
            f"{where}: cannot read this SQL: it is nested too deep.", remedy="Use WITH for parts."
        ) from None
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        several = f"{len(found)} statements" if len(found) != 1 else "no query"
        raise SpecError(f"{where}: this SQL is {several}.", remedy="Write SELECT key, … AS value …")
    return found[0]


def _unreadable(where: str, error: Exception) -> SpecError:
    said = re.sub(r"\x1b\[\d*m", "", str(error).splitlines()[0])
    return SpecError(f"{where}: cannot read this SQL: {said}", remedy="Correct it.")


def tables_of(query: exp.Query) -> Iterator[exp.Table]:
    """Give the tables that a query reads: a name of its own WITH is one only where that does not reach."""
    for scope in traverse_scope(query):
        yield from (found for found in scope.sources.values() if isinstance(found, exp.Table))
    own = {part.alias for part in query.find_all(exp.CTE)}
    yield from (table for table in query.find_all(exp.Table) if table.name not in own)


def _refuse_calls(query: exp.Query, where: str) -> None:
    for call in query.find_all(exp.Func, exp.Column):
        for name in _names_of(call):
            if _CHANGING.fullmatch(name):
                why = "gives something else each time"
            elif _OUTSIDE.fullmatch(name):
                why = "depends on more than the tables"
            elif name == "age" and _is_age_of_one(call):
                why = "counts from today"
            else:
                continue
            raise SpecError(f"{where}: the query calls {name}(), which {why}.", remedy=_SAME)
    for sample in query.find_all(exp.TableSample):
        shown = sample.sql(DIALECT).strip()
        raise SpecError(
            f"{where}: the query takes a sample ({shown}), another one each time.", remedy=_SAME
        )
    for part in query.find_all(exp.Parameter, exp.Placeholder, exp.SessionParameter):
        raise SpecError(
            f"{where}: the query has a parameter, {part.sql(DIALECT)}, which nothing fills.",
            remedy="Write its value.",
        )


def _names_of(call: exp.Condition) -> list[str]:
    """Give the names under which a function is known, in small letters; that which DuckDB has comes first."""
    if isinstance(call, exp.Column):
        is_bare = not call.table and not call.this.args.get("quoted")
        return [call.name.lower()] if is_bare and _WORDS.fullmatch(call.name.lower()) else []
    if isinstance(call, exp.Anonymous):
        return [call.name.lower()]
    written = re.match(r"\W*(\w+)", call.sql(DIALECT))
    others = type(call).sql_names() if isinstance(call, exp.Func) else []
    return [name.lower() for name in (*(written.groups() if written else ()), *others)]


def _refuse_order_of_rows(query: exp.Query, where: str) -> None:
    """Refuse what comes out otherwise where the same rows stand in another order."""
    for call in query.find_all(exp.Func):
        names = _names_of(call)
        picks = any(map(_PICKING.fullmatch, names))
        if (picks or any(map(_PLACING.fullmatch, names))) and not _has_order(call):
            way = f"{names[0]}(COLUMN ORDER BY TIME)"
            if not picks:
                way = f"{names[0]}(…) OVER (… ORDER BY TIME)"
            raise _unordered(where, f"calls {names[0]}() without ORDER BY", way)
    for window in query.find_all(exp.Window):
        frame = window.args.get("spec")
        ends = () if frame is None else (frame.args.get("start"), frame.args.get("end"))
        counts_rows = frame is not None and frame.args.get("kind") == "ROWS"
        is_whole = all(end == "UNBOUNDED" for end in ends)
        if counts_rows and not is_whole and not _is_ordered(window):
            raise _unordered(where, "counts ROWS of a window without ORDER BY", "ORDER BY in OVER")
    for part in query.find_all(exp.Query):
        if part.args.get("order") or isinstance(part.parent, exp.Exists):
            continue
        if part.args.get("limit") or part.args.get("offset"):
            raise _unordered(where, "has a LIMIT or OFFSET without ORDER BY", "ORDER BY before it")
        distinct = part.args.get("distinct")
        if isinstance(distinct, exp.Distinct) and distinct.args.get("on"):
            raise _unordered(where, "has DISTINCT ON without ORDER BY", "ORDER BY at its end")
        if isinstance(part.parent, exp.Array):
            raise _unordered(where, "makes an ARRAY without ORDER BY", "ORDER BY inside")


def _unordered(where: str, what: str, way: str) -> SpecError:
    return SpecError(
        f"{where}: the query {what}, so what it gives depends on the order of the rows.",
        remedy=f"Write {way}, by columns that leave no ties. {_SAME}",
    )


def _has_order(call: exp.Condition) -> bool:
    if any(isinstance(part, exp.Order) for part in call.iter_expressions()):
        return True
    node: Any = call
    while isinstance(node.parent, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
        node = node.parent
    if isinstance(node.parent, exp.WithinGroup):
        return True
    return isinstance(node.parent, exp.Window) and _is_ordered(node.parent)


def _is_ordered(window: exp.Window) -> bool:
    """Say whether a window has an order, perhaps that of the WINDOW which it names."""
    if window.args.get("order"):
        return True
    select = window.find_ancestor(exp.Select)
    named = [] if select is None else select.args.get("windows") or []
    return any(one.name == window.alias and bool(one.args.get("order")) for one in named)


def _is_age_of_one(call: exp.Condition) -> bool:
    arguments = [part for part in call.args.values() if part]
    first = arguments[0] if arguments else None
    if isinstance(call, exp.Anonymous):
        return len(call.expressions) == 1
    return len(arguments) == 1 and not isinstance(first, list)


def _check_columns(query: exp.Query, where: str) -> None:
    """Refuse what does not give key and value, where it can be seen without the tables."""
    first = query
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    if not isinstance(first, exp.Select) or any(part.is_star for part in first.selects):
        return
    if first.find(exp.Columns):
        return
    names = [part.alias_or_name or part.sql(DIALECT) for part in first.selects]
    if sorted(names) != sorted(GIVES):
        raise LabelError(
            f"{where}: the query gives {', '.join(sorted(names))}.",
            remedy="It must give key and value, and nothing else.",
        )
