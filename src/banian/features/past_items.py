"""The items of an ask's past, for tasks that ask which come next: those of late, and all that there ever were."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features.look_back import look_back
from banian.features.source import AbstractEventSource, Asks
from banian.spec import TaskSpec
from banian.spec.past import MOST_ITEMS, entity_of, had_of, seen_of


def build_seen(
    source: AbstractEventSource[Asks], asks: Asks, name: str, task: TaskSpec
) -> pa.Array:
    """List for each ask the items of its past: which, and the number of the narrowest span that has it.

    The most recent span comes first; of more than MOST_ITEMS those are left out that were there longest ago.
    """
    lists = look_back(source, asks, entity_of(task), seen_of(task), f"tasks.{name}.label")
    parts = [_flatten(one, span) for span, one in enumerate(lists)]
    found = pa.concat_tables(parts).group_by(["ask", "item"]).aggregate([("span", "min")])
    order = [("ask", "ascending"), ("span_min", "ascending"), ("item", "ascending")]
    return _to_lists(found.sort_by(order), source.count(asks))


def build_had(source: AbstractEventSource[Asks], asks: Asks, name: str, task: TaskSpec) -> pa.Array:
    """List for each ask the items that the task's list gives of all its past, as far as it was known then."""
    ever = had_of(task)
    assert ever is not None
    return look_back(source, asks, entity_of(task), [ever], f"tasks.{name}.label")[0]


def _flatten(lists: pa.Array, span: int) -> pa.Table:
    ask = pc.list_parent_indices(lists)
    spans = pa.array(np.full(len(ask), span, np.int8))
    return pa.table({"ask": ask, "item": lists.flatten(), "span": spans})


def _to_lists(found: pa.Table, rows: int) -> pa.Array:
    """Make a list of each ask's items, which stand together."""
    ask = found["ask"].to_numpy()
    first = np.searchsorted(ask, ask)
    kept = np.flatnonzero(np.arange(len(ask)) - first < MOST_ITEMS)
    sizes = np.bincount(ask[kept], minlength=rows)
    shown = found.take(pa.array(kept)).combine_chunks()
    items = pa.StructArray.from_arrays(
        [shown["item"].combine_chunks(), shown["span_min"].combine_chunks()], ["item", "span"]
    )
    return pa.ListArray.from_arrays(
        pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32()), items
    )
