"""A tree above windows that look back, evaluated for each ask: windows from any source, all else by compiled SQL."""

import numpy as np
import pyarrow as pa

from banian.features.asks import OWN
from banian.features.compiled_sql import evaluate_sql
from banian.features.look_back import look_back
from banian.features.source import AbstractEventSource, Asks
from banian.spec.node import Aggregate, Node, columns_of, windowed_of

ASKS, WINDOW = "asks", "window "
"""The table that the SQL of a tree reads, and how its columns of windows begin; those of rows begin with OWN."""
_ROWS = 2**20
"""Asks to a query."""


def evaluate_tree(
    source: AbstractEventSource[Asks],
    asks: Asks,
    entity: str | None,
    tree: Node,
    sql: str | None,
    where: str,
) -> pa.ChunkedArray:
    """Give the value of a tree for each ask, in their order.

    Args:
        source: what is known.
        asks: who asks, and when.
        entity: who is asked about; nothing for rows of a table.
        tree: what is asked; its windows look back, and none is a query.
        sql: the tree above the windows, as `compile_tree` spells it; nothing where it is a window alone.
        where: the tree's place in the spec.

    Raises:
        SpecError: a column does not exist, or cannot be aggregated so.

    """
    windows = [part for part in windowed_of(tree) if isinstance(part, Aggregate)]
    found = look_back(source, asks, entity, windows, where)
    if sql is None:
        return pa.chunked_array(found)
    values = {WINDOW + str(at): one for at, one in enumerate(found)}
    if columns := sorted(columns_of(tree)):
        own = source.own(asks, columns, entity)
        values |= {OWN + column: own[column] for column in own.column_names}
    values["ask"] = pa.array(np.arange(source.count(asks)))
    rows, ordered = pa.table(values), f"SELECT value FROM ({sql}) ORDER BY ask"
    parts = [
        evaluate_sql(ordered, ASKS, rows.slice(start, _ROWS))
        for start in range(0, max(len(rows), 1), _ROWS)
    ]
    return pa.concat_tables(parts)["value"]
