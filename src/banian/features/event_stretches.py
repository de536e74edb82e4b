"""Sorted events of some entities, cut into a stretch for every group of columns that became known together."""

from collections.abc import Iterator, Sequence

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int64

from banian.features.entity_plan import HistoryPlan
from banian.features.groups import KnownTogether
from banian.features.path import EventPath
from banian.features.running_columns import run_columns
from banian.features.sequence import Newest
from banian.features.source import Stretch
from banian.features.timeline import Timeline, first_of_each


def in_time(rows: ir.Table, groups: Sequence[KnownTogether], key: str) -> ir.Table:
    """Sort events by key and tick; twins of an instant by what they hold and what was known of them then."""
    return rows.order_by(key, "tick 0", *(f"column {name}" for name in groups[0].columns))


def stretches_of(
    history: HistoryPlan,
    chunk: pa.Table,
    ask: Int64[np.ndarray, " ask"],
    asked: Int64[np.ndarray, " ask"],
    at: Int64[np.ndarray, " ask"],
) -> Iterator[Stretch]:
    """Run along all events of some entities, for every group of columns.

    `chunk` has the events as `in_time` sorts them, with `code`, the number of the entity. `asked` says about which
    entity each ask is, and `at` up to which tick it sees events.
    """
    for place, group in enumerate(history.groups):
        rows = chunk if group.known.is_at_row else _by_known(chunk, place, group)
        code, tick = rows["code"].to_numpy(), rows[f"tick {place}"].to_numpy()
        first, last = (np.searchsorted(code, asked, side) for side in ("left", "right"))
        timeline = Timeline(tick, first, last, at)
        yield _stretch(history.path, group, timeline, first_of_each(code), rows, ask)


def _stretch(
    path: EventPath,
    group: KnownTogether,
    timeline: Timeline,
    starts: Int64[np.ndarray, " event"],
    rows: pa.Table,
    ask: Int64[np.ndarray, " ask"],
) -> Stretch:
    shown: dict[str, pa.Array] = {}
    columns = run_columns(path, group, timeline, starts, rows, shown)
    return Stretch(
        ask,
        columns,
        lambda: [(path, group, Newest(ask, shown, timeline.first, timeline.stop))],
    )


def _by_known(chunk: pa.Table, place: int, group: KnownTogether) -> pa.Table:
    """Order the events by when later columns became known; what never did is left out."""
    keys = ["code", f"tick {place}", *(f"column {name}" for name in group.columns)]
    rows = chunk.filter(pc.is_valid(chunk[f"tick {place}"])).select(keys)
    return rows.sort_by([(key, "ascending") for key in keys])
