"""Which items an entity turned to before, for those tasks that ask which come next."""

from dataclasses import replace

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.examples.ask import Asks
from banian.examples.evaluate import evaluate
from banian.spec import EntityTaskSpec, TaskSpec
from banian.spec.node import Aggregate
from banian.spec.window import Offset, Window
from banian.tables import Database

SPANS = (1, 4, 16)
"""How far back to look, in lengths of what is asked ahead."""
_MOST_ITEMS = 100


def is_list(task: TaskSpec) -> bool:
    """Say whether a task's labels are lists of items."""
    return isinstance(task.tree, Aggregate) and task.tree.function == "list_distinct"


def build_seen(database: Database, asks: Asks, name: str, task: TaskSpec) -> pa.Array:
    """List for each ask the items of its past: which, and the number of the narrowest span that has it.

    The most recent span comes first; of very many items those are left out that were there longest ago.
    """
    tree, grain = task.tree, task.for_each if isinstance(task, EntityTaskSpec) else None
    assert isinstance(tree, Aggregate)
    parts = []
    for span, times in enumerate(SPANS):
        past = replace(tree, window=Window(Offset(-times * task.horizon), Offset()))
        parts.append(
            _flatten(evaluate(database, grain, asks.rows, past, f"tasks.{name}.label"), span)
        )
    found = pa.concat_tables(parts).group_by(["ask", "item"]).aggregate([("span", "min")])
    order = [("ask", "ascending"), ("span_min", "ascending"), ("item", "ascending")]
    return _to_lists(found.sort_by(order), int(asks.rows.count().to_pyarrow().as_py()))


def _flatten(lists: ir.Table, span: int) -> pa.Table:
    read = lists.select("ask", "value").to_pyarrow()
    items = read["value"].combine_chunks()
    ask = read["ask"].combine_chunks().take(pc.list_parent_indices(items))
    spans = pa.array(np.full(len(ask), span, np.int8))
    return pa.table({"ask": ask, "item": items.flatten(), "span": spans})


def _to_lists(found: pa.Table, rows: int) -> pa.Array:
    """Make a list of each ask's items, which stand together."""
    ask = found["ask"].to_numpy()
    first = np.searchsorted(ask, ask)
    kept = np.flatnonzero(np.arange(len(ask)) - first < _MOST_ITEMS)
    sizes = np.bincount(ask[kept], minlength=rows)
    shown = found.take(pa.array(kept)).combine_chunks()
    items = pa.StructArray.from_arrays(
        [shown["item"].combine_chunks(), shown["span_min"].combine_chunks()], ["item", "span"]
    )
    return pa.ListArray.from_arrays(
        pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32()), items
    )
