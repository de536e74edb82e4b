"""What an entity has done so far: counts, sums, means, distinct values over windows, recency, tenure.

Every window feature is a running sum of changes. An event enters a window at its own tick and leaves it when the window
has passed; a distinct value enters when it was not there and leaves unless it came again meanwhile. Asking rows stand
between the changes and read the sum so far, so the cost is one sort per window at any grain, and exact numbers make the
result independent of the order of rows.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from banian.examples.clock import MICROSECOND, to_ticks
from banian.tables import AbstractEngine

WINDOWS = (timedelta(days=7), timedelta(days=30), timedelta(days=90), None)
"""Lengths of the windows; None is all time."""
_DAY = timedelta(days=1) // MICROSECOND


@final
@dataclass(frozen=True)
class Events:
    """The events of one table that one entity sees, at the tick when they are known."""

    name: str
    """Prefix of the features' names."""
    rows: ir.Table
    """Columns key, tick, and `column NAME` for each of the names below."""
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    counts: bool
    """Whether the events themselves are counted, and their recency and tenure taken."""


def summarise_history(engine: AbstractEngine, asks: ir.Table, events: Events) -> pa.Table:
    """Summarise each ask's events before `at`, one row per ask in the order of `ask`.

    `asks` has the columns ask, key and at (a tick); events at or after `at` are not seen.
    """
    asking = asks.filter(asks.key.notnull())
    rows = events.rows.filter(events.rows.key.notnull() & events.rows.tick.notnull())
    rows = rows.semi_join(asking.select("key").distinct(), "key")
    source = engine.keep(_with_neighbours(rows, events))
    features: dict[str, pa.ChunkedArray] = {}
    for window in WINDOWS:
        so_far = _running(asking, source, events, window)
        every = asks.select("ask", "at").left_join(so_far, "ask").drop("ask_right").order_by("ask")
        features |= _features(every.to_pyarrow(), events, window)
    engine.drop(source)
    return pa.table({name: features[name] for name in sorted(features)})


def _with_neighbours(rows: ir.Table, events: Events) -> ir.Table:
    """Add, per category, the ticks at which the same value came before and comes again."""
    neighbours = {}
    for category in events.categories:
        same = ibis.window(group_by=["key", f"column {category}"], order_by="tick")
        neighbours[f"before {category}"] = rows.tick.lag().over(same)
        neighbours[f"again {category}"] = rows.tick.lead().over(same)
    return rows.mutate(**neighbours)


def _running(
    asking: ir.Table, source: ir.Table, events: Events, window: timedelta | None
) -> ir.Table:
    changes = [_enter(source, events, window)]
    if window is not None:
        changes.append(_leave(source, events, to_ticks(window)))
    columns = [name for name in changes[0].columns if name not in ("key", "tick", "ask")]
    dtypes = changes[0].schema()
    questions = asking.select(
        key=asking.key,
        tick=asking["at"],
        ask=asking.ask,
        **{name: ibis.null(dtypes[name]) for name in columns},
    )
    stream = ibis.union(questions, *changes)
    # Asks come first among equal ticks: what happens at `at` is not seen.
    order = [stream.tick, stream.ask.isnull()]
    past = ibis.cumulative_window(group_by=stream.key, order_by=order)
    extremes = {"newest": "max", "oldest": "min"}
    sums = {name: getattr(stream[name], extremes.get(name, "sum"))().over(past) for name in columns}
    for number in events.numbers:  # after the exact sum, which may be beyond 64 bits
        sums[f"sum {number}"] = sums[f"sum {number}"].cast("float64")
    read = stream.select("ask", **sums)
    return read.filter(read.ask.notnull())


def _enter(source: ir.Table, events: Events, window: timedelta | None) -> ir.Table:
    changes = _changes(source, events, +1)
    for category in events.categories:
        before = source[f"before {category}"]
        gone = before.isnull()
        if window is not None:
            gone = gone | (before + to_ticks(window) < source.tick)
        new = gone & source[f"column {category}"].notnull()
        changes[f"distinct {category}"] = new.cast("int64")
    if events.counts and window is None:
        changes |= {"newest": source.tick, "oldest": source.tick}
    return source.select(key=source.key, tick=source.tick, ask=ibis.null("int64"), **changes)


def _leave(source: ir.Table, events: Events, window: int) -> ir.Table:
    changes = _changes(source, events, -1)
    for category in events.categories:
        again = source[f"again {category}"]
        ends = again.isnull() | (again > source.tick + window)
        leaves = ends & source[f"column {category}"].notnull()
        changes[f"distinct {category}"] = -leaves.cast("int64")
    tick = source.tick + window
    return source.select(key=source.key, tick=tick, ask=ibis.null("int64"), **changes)


def _changes(source: ir.Table, events: Events, sign: int) -> dict[str, ir.Value]:
    changes: dict[str, ir.Value] = {}
    if events.counts:
        changes["count"] = ibis.literal(sign, "int64")
    for number in events.numbers:
        value = source[f"column {number}"]
        changes[f"sum {number}"] = value if sign > 0 else -value
        changes[f"known {number}"] = value.notnull().cast("int64") * sign
    return changes


def _features(
    read: pa.Table, events: Events, window: timedelta | None
) -> dict[str, pa.ChunkedArray]:
    span = "all" if window is None else f"{window.days}d"
    found: dict[str, pa.ChunkedArray] = {}

    def number(column: str) -> pa.ChunkedArray:
        return pc.fill_null(pc.cast(read[column], pa.float64(), safe=False), 0.0)

    if events.counts:
        found[f"{events.name}.count.{span}"] = number("count")
    for name in events.numbers:
        total, known = number(f"sum {name}"), number(f"known {name}")
        none = pc.equal(known, 0.0)
        mean = pc.divide(total, pc.if_else(none, 1.0, known))
        found[f"{events.name}.{name}.sum.{span}"] = total
        found[f"{events.name}.{name}.mean.{span}"] = pc.if_else(none, None, mean)
    for name in events.categories:
        found[f"{events.name}.{name}.distinct.{span}"] = number(f"distinct {name}")
    if events.counts and window is None:
        for name, tick in (("recency", "newest"), ("tenure", "oldest")):
            ago = pc.subtract(read["at"], read[tick])
            days = pc.divide(pc.cast(ago, pa.float64(), safe=False), float(_DAY))
            found[f"{events.name}.{name}"] = days
    return found
