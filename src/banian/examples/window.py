"""An aggregate over a window of events, for each asking row."""

from collections.abc import Mapping
from typing import assert_never

import ibis
import ibis.expr.types as ir

from banian.features.engine_ticks import shift_tick
from banian.features.window_rows import equal_keys, select_window_rows
from banian.spec.node import Aggregate
from banian.tables import Database

_EMPTY_IS_ZERO = ("count", "count_distinct", "sum")


def aggregate_window(
    database: Database, asks: ir.Table, part: Aggregate, same: Mapping[str, str], where: str
) -> ir.Table:
    """Aggregate the events of each ask's window; asks have columns ask, cutoff, at and those in `same`.

    `same` maps an event's column to the ask's column that it must equal. Gives ask, value and known: the tick at which
    the last of these events became known, null without one. What never becomes known does not count. A window before
    the cutoff holds only what was known before `at`.

    Raises:
        SpecError: a column does not exist, or cannot be aggregated so.

    """
    events = select_window_rows(database, part, same, where)
    window = part.window
    if window.is_ahead:
        inside = events.tick > shift_tick(asks.cutoff, window.start)
        inside = inside & (events.tick <= shift_tick(asks.cutoff, window.end))
    else:
        inside = events.tick >= shift_tick(asks["at"], window.start)
        inside = inside & (events.tick < shift_tick(asks["at"], window.end))
        inside = inside & (events.known < asks["at"])
    equal = [equal_keys(asks[own], events[f"same {column}"]) for column, own in same.items()]
    pairs = asks.select("ask", "cutoff", "at", *sorted(set(same.values())))
    joined = pairs.join(events, [*equal, inside])
    found = joined.group_by("ask").aggregate(value=_reduce(joined, part), known=joined.known.max())
    every = asks.select("ask").left_join(found, "ask").drop("ask_right")
    value = every["value"]
    if part.function in _EMPTY_IS_ZERO:
        value = value.fill_null(0.0)
    elif part.function == "exists":
        value = value.fill_null(False)
    elif part.function == "list_distinct":
        value = value.fill_null(ibis.literal([], type=value.type()))
    return every.select("ask", value=value, known=every.known)


def _reduce(joined: ir.Table, part: Aggregate) -> ir.Scalar:
    value = joined.counts.ifelse(joined["value"], ibis.null(joined["value"].type()))
    match part.function:
        case "exists":
            return joined.counts.sum() > 0
        case "count":
            return joined.counts.sum().cast("float64")
        case "count_distinct":
            return value.nunique().cast("float64")
        case "sum":
            return value.sum().cast("float64")
        case "avg":
            return value.sum().cast("float64") / value.count()
        case "min":
            return value.min().cast("float64")
        case "max":
            return value.max().cast("float64")
        case "first" | "last":
            # Among events of one instant the least value is the first, the greatest the last.
            order = [joined.tick, joined["value"]]
            is_known = joined.counts & joined["value"].notnull()
            pick = joined["value"].first if part.function == "first" else joined["value"].last
            return _as_answer(pick(where=is_known, order_by=order))
        case "list_distinct":
            shown = joined["value"].cast("string")
            is_known = joined.counts & shown.notnull()
            return shown.collect(where=is_known, order_by=shown, distinct=True)
        case _:
            assert_never(part.function)


def _as_answer(value: ir.Scalar) -> ir.Scalar:
    return value if value.type().is_string() else value.cast("float64")
