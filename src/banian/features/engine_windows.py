"""Windows that look back, read from an engine: the rows of the keys that are asked about, sorted, key by key."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int64

from banian.errors import SpecError, nearest
from banian.features.asks import OWN, own_names
from banian.features.availability import availability_of
from banian.features.exact import Numbers, numbers_of
from banian.features.window import Form, WindowedEvents, WindowEvents, Words, shift_ticks
from banian.features.window_rows import equal_keys, select_window_rows
from banian.spec.node import Aggregate, columns_of
from banian.spec.window import Offset, Window
from banian.tables import AbstractEngine, Database

_CHUNK = 2**21
"""Events at a time."""
_ANY = Window(Offset(months=-1), Offset())
_FUNCTIONS: dict[Form, str] = {
    "rows": "count",
    "number": "max",
    "exact": "sum",
    "text": "list_distinct",
}


def read_windows(
    database: Database,
    asks: ir.Table,
    read: WindowedEvents,
    starts: Sequence[Offset],
    where: str,
) -> Iterator[WindowEvents]:
    """Give the events that the windows of some asks may hold, of which none begins before all `starts`.

    Who names no key sees none.
    """
    engine = database.engine
    own = [_own(asks, read, column, where) for column in read.same]
    known = asks.filter(asks["at"].notnull(), *(asks[name].notnull() for name in own))
    named = {f"own {at}": known[name] for at, name in enumerate(own)}
    distinct = known.select(**named).distinct()
    code = ibis.row_number().over(ibis.window(order_by=[distinct[name] for name in named]))
    keys = engine.keep(distinct.mutate(code=code))
    numbered = (
        known.select("ask", "at", **named).join(keys, list(named)).select("ask", "code", "at")
    )
    sorted_ = numbered.order_by("code", "at", "ask").to_pyarrow()
    ask, asked, at = (sorted_[name].to_numpy() for name in sorted_.column_names)
    rows = window_rows(database, read, where)
    until = int(at.max(initial=0))
    since = min(int(shift_ticks(at, start).min(initial=until)) for start in starts)
    rows = rows.filter(rows.tick >= since, rows.tick < until)
    equal = [equal_keys(keys[o], rows[f"same {c}"]) for o, c in zip(named, read.same, strict=True)]
    shown = [name for name in ("tick", "known", "counts", "value") if name in rows.columns]
    done = 0
    for events, is_last in stream_runs(
        engine, rows.join(keys, equal).select("code", *shown), ["code"]
    ):
        codes = events["code"].to_numpy()
        stop = len(asked) if is_last else int(np.searchsorted(asked, codes[-1], "right"))
        part = slice(done, stop)
        first, last = (np.searchsorted(codes, asked[part], side) for side in ("left", "right"))
        yield window_events(events, ask[part], at[part], first, last)
        done = stop
    engine.drop(keys)


def window_rows(database: Database, read: WindowedEvents, where: str) -> ir.Table:
    """Select the events that windows read: `same COLUMN`, tick, and known, counts and value where they say anything."""
    part = Aggregate(_FUNCTIONS[read.form], read.table, read.column, _ANY, read.condition)  # type: ignore[arg-type]
    rows = select_window_rows(database, part, read.same, where)
    condition = frozenset() if read.condition is None else columns_of(read.condition)
    used = condition if read.column is None else condition | {read.column}
    idle = []
    if availability_of(database.spec, read.table, *used).is_at_row:
        idle.append("known")
    if availability_of(database.spec, read.table, *condition).is_at_row:
        idle.append("counts")
    if read.form == "rows":
        idle.append("value")
    elif read.form == "text":
        rows = rows.mutate(value=rows["value"].cast("string"))
    return rows.drop(*idle) if idle else rows


def stream_runs(
    engine: AbstractEngine, rows: ir.Table, keys: Sequence[str]
) -> Iterator[tuple[pa.Table, bool]]:
    """Give rows sorted by keys, tick and value, cut where another key begins; and whether these are the last."""
    return cut_runs(engine.stream(in_runs(rows, keys)), keys)


def in_runs(rows: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Sort rows of windows by keys, tick and value."""
    return rows.order_by(*keys, "tick", *(["value"] if "value" in rows.columns else []))


def cut_runs(batches: pa.RecordBatchReader, keys: Sequence[str]) -> Iterator[tuple[pa.Table, bool]]:
    """Cut sorted rows where another key begins; say as well whether these are the last."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= _CHUNK:
            table = pa.Table.from_batches(waiting)
            starts = starts_of(table.select(list(keys)))
            cut = int(starts[-1])  # its last key may go on
            if cut:
                yield table.slice(0, cut), False
                waiting = table.slice(cut).to_batches()
    yield pa.Table.from_batches(waiting, batches.schema), True


def starts_of(keys: pa.Table) -> Int64[np.ndarray, " key"]:
    """Find where each key begins in rows in which those of a key stand together.

    >>> starts_of(pa.table({"key": [4, 4, 7]})).tolist()
    [0, 2]
    """
    codes = [pc.dictionary_encode(column.combine_chunks()) for column in keys.columns]
    is_start = np.arange(len(keys)) == 0
    for one in codes:
        place = one.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        is_start[1:] |= place[1:] != place[:-1]
    return np.flatnonzero(is_start)


def window_events(
    events: pa.Table,
    ask: Int64[np.ndarray, " ask"],
    at: Int64[np.ndarray, " ask"],
    first: Int64[np.ndarray, " ask"],
    last: Int64[np.ndarray, " ask"],
) -> WindowEvents:
    """Read the events of a chunk from Arrow."""
    there = events.column_names
    return WindowEvents(
        ask,
        at,
        first,
        last,
        tick=events["tick"].to_numpy(),
        known=events["known"].to_numpy() if "known" in there else None,
        counts=np.asarray(events["counts"]) if "counts" in there else None,
        value=values_of(events["value"].combine_chunks()) if "value" in there else None,
    )


def values_of(column: pa.Array) -> Numbers | Words:
    """Read the values of events from Arrow."""
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return numbers_of(column)
    coded = column.dictionary_encode()
    code = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Words(code, coded.dictionary.cast(pa.string()))


def _own(asks: ir.Table, read: WindowedEvents, column: str, where: str) -> str:
    """Name the asks' column that an event's must equal."""
    own = OWN + column if read.entity is None else "key"
    if own not in asks.columns:
        raise SpecError(
            f"{where}: SAME {column!r} is no column of the asking row.",
            remedy=nearest(column, own_names(asks.columns)),
        )
    return own
