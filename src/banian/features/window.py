"""Windows that look back: what the events of some asks come to, by arithmetic on sorted arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int64

from banian.features.exact import Numbers, sum_runs
from banian.features.ticks import to_ticks
from banian.spec.node import Aggregate, Function, Node
from banian.spec.window import Offset

Form = Literal["rows", "number", "exact", "text"]
"""How the values of events are held: not at all, as they are, as decimals that sums are exact of, or as texts."""
_PAIRS = 2**22
"""Of an ask and an event, at a time."""


@final
@dataclass(frozen=True)
class WindowedEvents:
    """Which events windows read; those that differ only in function and span read the same.

    Args:
        entity: whose events; nothing where an event must equal the asking row of a table.
        table: the table of the events.
        same: columns of the events that say whose they are: the link to the entity, or those that equal the row's.
        column: what is aggregated; nothing where rows are counted.
        condition: which events count.
        form: how the values are held.

    """

    entity: str | None
    table: str
    same: tuple[str, ...]
    column: str | None
    condition: Node | None
    form: Form


@final
@dataclass(frozen=True)
class Words:
    """Texts of events.

    Args:
        code: place among the texts; negative where there is none.
        texts: each once, in any order.

    """

    code: Int64[np.ndarray, " event"]
    texts: pa.Array

    @property
    def valid(self) -> Bool[np.ndarray, " event"]:
        """Whether there is a text."""
        return self.code >= 0

    def take(self, position: Int64[np.ndarray, " taken"]) -> "Words":
        """Give those of some events."""
        return Words(self.code[position], self.texts)


@final
@dataclass(frozen=True)
class WindowEvents:
    """Some asks, and the events that their windows may hold: sorted by key, tick and value.

    Args:
        ask: which asks these are.
        at: the tick of each; it sees what was known before.
        first: per ask, the first event of its key.
        last: per ask, the position behind the last event of its key.
        tick: when each event was.
        known: when it is known that it counts, and its value; nothing where that is at its tick.
        counts: which events count; nothing where all do.
        value: what is aggregated; nothing where events are counted.

    """

    ask: Int64[np.ndarray, " ask"]
    at: Int64[np.ndarray, " ask"]
    first: Int64[np.ndarray, " ask"]
    last: Int64[np.ndarray, " ask"]
    tick: Int64[np.ndarray, " event"]
    known: Int64[np.ndarray, " event"] | None
    counts: Bool[np.ndarray, " event"] | Int64[np.ndarray, " event"] | None
    value: Numbers | Words | None


def form_of(function: Function, kind: str | None, scale: int) -> Form:
    """Say how the values of a column, of which `kind` and `scale` are the type, are held for a function."""
    match function:
        case "exists" | "count":
            return "rows"
        case "list_distinct":
            return "text"
        case "sum" | "avg" if kind == "float" and scale:
            return "exact"
        case _:
            return "number" if kind in ("whole", "decimal", "float", "boolean") else "text"


def aggregate(events: WindowEvents, part: Aggregate) -> pa.Array:
    """Aggregate what each ask saw in the window before it, from `start` up to but without `end`.

    Gives true or false for `exists`, lists of sorted texts for `list_distinct`, texts for `first` and `last` of texts,
    and else float64; null where there is nothing to aggregate.
    """
    start, stop = (
        _search(events, shift_ticks(events.at, edge))
        for edge in (part.window.start, part.window.end)
    )
    size = np.maximum(stop - start, 0)
    if events.known is None and events.counts is None and events.value is None:
        return _count(part.function, size)
    found = []
    for few in _chunks(size):
        position, ask = _enumerate(start[few], size[few])
        seen = np.ones(len(position), bool)
        if events.known is not None:
            seen = events.known[position] < events.at[few][ask]
        if events.counts is not None:
            seen &= events.counts[position].astype(bool)
        value = events.value
        if not seen.all():
            position, ask = position[seen], ask[seen]
        if value is not None:
            value = value.take(position)
            if not (valid := value.valid).all():
                value, ask = value.take(np.flatnonzero(valid)), ask[valid]
        found.append(_reduce(part.function, ask, value, few.stop - few.start))
    return pa.concat_arrays(found) if len(found) > 1 else found[0]


def shift_ticks(at: Int64[np.ndarray, " ask"], by: Offset) -> Int64[np.ndarray, " ask"]:
    """Give the ticks at a distance from others; months by the calendar, ending where a shorter month does.

    >>> at = np.array(["2024-03-31T12"], "datetime64[us]").astype(np.int64)
    >>> shift_ticks(at, Offset(months=-1)).astype("datetime64[us]").astype(str).tolist()
    ['2024-02-29T12:00:00.000000']
    """
    moved = at + to_ticks(by.length)
    if not by.months:
        return moved
    instant = moved.astype("datetime64[us]")
    month = instant.astype("datetime64[M]")
    within = instant - month  # days of the month before, and the time of the day
    there = month + np.timedelta64(by.months, "M")
    days = ((there + np.timedelta64(1, "M")).astype("datetime64[D]") - there).astype(np.int64)
    day = within.astype("timedelta64[D]")
    kept = np.minimum(day.astype(np.int64), days - 1).astype("timedelta64[D]")
    shifted = there.astype("datetime64[us]") + kept + (within - day)
    return shifted.astype("datetime64[us]").astype(np.int64)


def _search(events: WindowEvents, edge: Int64[np.ndarray, " ask"]) -> Int64[np.ndarray, " ask"]:
    """Find the first event of each ask's key that is not before an edge, by one binary search."""
    low, high = events.first.copy(), events.last.copy()
    while (is_open := low < high).any():
        middle = (low + high) // 2
        is_earlier = is_open & (events.tick[np.where(is_open, middle, 0)] < edge)
        low = np.where(is_earlier, middle + 1, low)
        high = np.where(is_open & ~is_earlier, middle, high)
    return low


def _chunks(size: Int64[np.ndarray, " ask"]) -> Iterator[slice]:
    """Cut the asks so that each part has at most _PAIRS events, or is one ask."""
    behind, done = np.cumsum(size), 0
    while True:
        before = int(behind[done - 1]) if done else 0
        stop = int(np.searchsorted(behind, before + _PAIRS, "right"))
        stop = min(max(stop, done + 1), len(size))
        yield slice(done, stop)
        if stop >= len(size):
            return
        done = stop


def _enumerate(
    start: Int64[np.ndarray, " ask"], size: Int64[np.ndarray, " ask"]
) -> tuple[Int64[np.ndarray, " pair"], Int64[np.ndarray, " pair"]]:
    """List the events of each ask, and whose each is."""
    behind = np.cumsum(size)
    ask = np.repeat(np.arange(len(size)), size)
    return np.arange(len(ask)) + (start - behind + size)[ask], ask


def _reduce(
    function: Function, ask: Int64[np.ndarray, " pair"], value: Numbers | Words | None, asks: int
) -> pa.Array:
    """Reduce the values of each ask, which stand together in the order of time."""
    count = np.bincount(ask, minlength=asks)
    match function:
        case "exists" | "count":
            return _count(function, count)
        case "count_distinct":
            assert value is not None
            return pa.array(_count_distinct(ask, value, asks))
        case "list_distinct":
            assert isinstance(value, Words)
            return _lists(ask, value, asks)
        case "first" | "last":
            assert value is not None
            edge = np.cumsum(count) - (count if function == "first" else 1)
            there = count > 0
            return _scatter(value, edge[there], there)
        case "sum" | "avg":
            assert isinstance(value, Numbers)
            total = sum_runs(value, ask, count)
            if function == "sum":
                return pa.array(total)
            mean = np.divide(total, count, out=np.zeros(asks), where=count > 0)
            return pa.array(mean, mask=count == 0)
        case "min" | "max":
            assert isinstance(value, Numbers)
            there = count > 0
            starts = (np.cumsum(count) - count)[there]
            return _scatter(value.extremes(starts, least=function == "min"), None, there)
        case _:
            assert_never(function)


def _count(function: Function, size: Int64[np.ndarray, " ask"]) -> pa.Array:
    return pa.array(size > 0) if function == "exists" else pa.array(size.astype(np.float64))


def _scatter(
    value: Numbers | Words,
    position: Int64[np.ndarray, " there"] | None,
    there: Bool[np.ndarray, " ask"],
) -> pa.Array:
    """Give the asks that have one their value, null to all others."""
    taken = value if position is None else value.take(position)
    place = np.where(there, np.cumsum(there) - 1, 0)
    if isinstance(taken, Words):
        return taken.texts.take(pa.array(taken.code)).take(pa.array(place, mask=~there))
    return pa.array(taken.floats()).take(pa.array(place, mask=~there))


def _count_distinct(
    ask: Int64[np.ndarray, " pair"], value: Numbers | Words, asks: int
) -> np.ndarray:
    code = value.code if isinstance(value, Words) else value.codes()
    pairs, _ = _distinct(ask, code)
    return np.bincount(pairs, minlength=asks).astype(np.float64)


def _lists(ask: Int64[np.ndarray, " pair"], value: Words, asks: int) -> pa.Array:
    used = np.flatnonzero(np.bincount(value.code, minlength=len(value.texts)))
    order = np.asarray(pc.sort_indices(value.texts.take(pa.array(used))), np.int64)
    sorted_ = value.texts.take(pa.array(used[order])).cast(pa.string())
    rank = np.zeros(len(value.texts), np.int64)
    rank[used[order]] = np.arange(len(order))
    owner, place = _distinct(ask, rank[value.code])
    size = np.bincount(owner, minlength=asks)
    offsets = pa.array(np.concatenate([[0], np.cumsum(size)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, sorted_.take(pa.array(place)))


def _distinct(
    ask: Int64[np.ndarray, " pair"], code: Int64[np.ndarray, " pair"]
) -> tuple[Int64[np.ndarray, " one"], Int64[np.ndarray, " one"]]:
    """List the values of each ask once, in their order."""
    width = int(code.max(initial=0)) + 1
    both = ask * width + code
    both.sort()
    is_new = np.ones(len(both), bool)
    is_new[1:] = both[1:] != both[:-1]
    both = both[is_new]
    return both // width, both % width
