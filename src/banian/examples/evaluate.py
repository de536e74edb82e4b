"""A label or a condition, evaluated for each asking row: its windows first, then what is computed from them."""

from collections.abc import Collection, Mapping

import ibis
import ibis.expr.types as ir

from banian.errors import SpecError, nearest
from banian.examples.label_ends import end_of_part
from banian.examples.sql import query_window
from banian.examples.window import aggregate_window
from banian.features.asks import OWN, own_names
from banian.features.engine_ticks import shift_tick
from banian.features.ticks import to_tick
from banian.spec import ShopSpec
from banian.spec.node import Aggregate, Column, Node, Windowed, columns_of, windowed_of
from banian.tables import Database, Resolve, apply_node


def evaluate(
    database: Database, grain: str | None, asks: ir.Table, node: Node, where: str
) -> ir.Table:
    """Evaluate a tree for each ask; asks have ask, cutoff, at, `key` for entities and `own NAME` for what is read.

    `grain` is the entity that is asked about, nothing for rows; `where` names the tree's place in the spec. Gives ask,
    value, matured: the tick at which the last window ends or the last of its events became known, whichever is later,
    null where the tree looks into no window; covered: whether all that lies before the end of the tables read; and
    endless: whether a number in it is infinite or none, such as what was divided by zero. That is absent.

    Raises:
        SpecError: a column does not exist, or the types do not fit.

    """
    columns, there = sorted(columns_of(node)), own_names(asks.columns)
    for name in columns:
        if name not in there:
            raise SpecError(f"{where}: no column {name!r}.", remedy=nearest(name, there))
    rows = asks.select("ask", "cutoff", *(OWN + name for name in columns))
    parts = windowed_of(node)
    for at, part in enumerate(parts):
        if isinstance(part, Aggregate):
            same = _same(database.spec, grain, part)
            _check_same(asks, same, where)
            found = aggregate_window(database, asks, part, same, where)
        else:
            found = query_window(database, asks, part, where)
        found = found.select(
            **{f"ask {at}": found.ask, f"value {at}": found["value"], f"known {at}": found.known}
        )
        rows = rows.left_join(found, rows.ask == found[f"ask {at}"])

    def read(leaf: Column | Windowed) -> ir.Value:
        if isinstance(leaf, Column):
            return rows[OWN + leaf.name]
        return rows[f"value {parts.index(leaf)}"]

    names = frozenset[str]().union(*(table.names for table in database.tables.values()))
    value, endless = apply_finite(node, read, where=where, names=names)
    moments, covered = [], [ibis.literal(True)]
    for at, part in enumerate(parts):
        ends = shift_tick(rows.cutoff, part.window.end)
        moments.append(ibis.greatest(ends, rows[f"known {at}"].fill_null(ends)))
        end = end_of_part(database, grain, part, where)
        covered.append(ibis.literal(False) if end is None else moments[-1] <= to_tick(end))
    matured = ibis.greatest(*moments) if moments else ibis.null("int64")
    return rows.select(
        "ask", value=value, matured=matured, covered=ibis.and_(*covered), endless=endless
    )


def apply_finite(
    node: Node, read: Resolve, *, where: str, names: Collection[str]
) -> tuple[ir.Value, ir.BooleanValue]:
    """Evaluate a tree in which numbers without end are absent; say as well whether there are such.

    `read` gives the value of a column or window; `where` and `names` are as in `apply_node`.
    """
    leaves = [read(leaf) for leaf in (*map(Column, sorted(columns_of(node))), *windowed_of(node))]
    value = apply_node(node, lambda leaf: _finite(read(leaf)), where=where, names=names)
    return _finite(value), ibis.or_(
        ibis.literal(False), *(_is_endless(one) for one in (*leaves, value))
    )


def _finite(value: ir.Value) -> ir.Value:
    if not value.type().is_floating():
        return value
    return _is_endless(value).ifelse(ibis.null(value.type()), value)


def _is_endless(value: ir.Value) -> ir.BooleanValue:
    if not value.type().is_floating():
        return ibis.literal(False)
    return (value.isinf() | value.isnan()).fill_null(False)


def _same(spec: ShopSpec, grain: str | None, part: Aggregate) -> Mapping[str, str]:
    if grain is None:
        return {column: OWN + column for column in part.same}
    return {spec.links_to(grain)[part.table][0]: "key"}


def _check_same(asks: ir.Table, same: Mapping[str, str], where: str) -> None:
    for column, own in same.items():
        if own not in asks.columns:
            raise SpecError(
                f"{where}: SAME {column!r} is no column of the asking row.",
                remedy=nearest(column, own_names(asks.columns)),
            )
