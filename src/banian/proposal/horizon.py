"""How far ahead it is worth asking: horizons from how often things happen again."""

from collections.abc import Callable
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from banian.tables import Table

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (HOUR, *(days * DAY for days in (1, 7, 14, 28, 90, 180, 365)))
"""Horizons to choose from; whole weeks where possible, so that every window holds the same weekdays."""
_HISTORY = 30 * DAY
"""A longer horizon does not ask for more history than this."""
_DAY = 86_400
_RARE = 0.02
"""A yes that is rarer than this, or a no, calls for another horizon."""


def typical_gap(events: ir.Table) -> timedelta | None:
    """Measure how long the median entity waits between two days with events; nothing if hardly any comes twice."""
    days = events.select("key", day=events.second // _DAY * _DAY)
    of_each = days.group_by("key").aggregate(
        n=days.day.nunique(), first=days.day.min(), last=days.day.max()
    )
    again = of_each.filter(of_each.n > 1)
    gap = (again["last"] - again["first"]) / (again.n - 1)
    found = again.aggregate(gap=gap.median()).to_pyarrow()["gap"][0].as_py()
    entities = of_each.aggregate(all=of_each.count(), again=(of_each.n > 1).sum())
    shares = entities.to_pyarrow().to_pylist()[0]
    if found is None or shares["again"] < _RARE * shares["all"]:
        return None
    return timedelta(seconds=float(found))


def choose_horizon(
    gap: timedelta,
    span: timedelta,
    rate: Callable[[timedelta], float],
    *,
    of_rows: bool = False,
) -> timedelta | None:
    """Choose the shortest step that is as long as a gap, then one at which yes and no are both common enough.

    Nothing where the data are too short.

    >>> choose_horizon(timedelta(days=20), timedelta(days=365), lambda horizon: 0.4).days
    28
    """
    fits = [step for step in STEPS if span_needed(step, of_rows=of_rows) <= span]
    if not fits:
        return None
    at = next((i for i, step in enumerate(fits) if step >= max(gap, DAY)), len(fits) - 1)
    tried: dict[int, float] = {}
    while 0 <= at < len(fits) and at not in tried:
        tried[at] = rate(fits[at])
        if tried[at] < _RARE:
            at += 1
        elif tried[at] > 1 - _RARE:
            at -= 1
    best = min(tried, key=lambda one: abs(tried[one] - 0.5))
    return fits[best]


def span_needed(horizon: timedelta, *, of_rows: bool = False) -> timedelta:
    """Say how long data must go on: history, then a window to train on, one to select on, one to judge on.

    For rows a quarter is left over, so that they do not take from the other tasks what these train on.

    >>> span_needed(timedelta(days=28)).days, span_needed(timedelta(days=90), of_rows=True).days
    (115, 484)
    """
    unit = DAY if horizon >= DAY else HOUR
    windows = horizon + 2 * width_needed(horizon, of_rows=of_rows) + 3 * unit
    needed = min(horizon, _HISTORY) + windows
    return needed * 4 / 3 if of_rows else needed


def width_needed(horizon: timedelta, *, of_rows: bool) -> timedelta:
    """Say how far validation and test must lie apart; rows, which ask all along, need longer than one horizon."""
    return horizon * 4 / 3 if of_rows else horizon


def activity_window(horizon: timedelta) -> timedelta:
    """Say how long ago an entity may last have been seen to be asked about.

    >>> activity_window(timedelta(days=28)).days, activity_window(timedelta(days=180)).days
    (84, 180)
    """
    return max(horizon, min(3 * horizon, 90 * DAY))


def share_that_comes_again(
    events: ir.Table, seen: ir.Table, horizon: timedelta, last: int
) -> float:
    """Measure which share of the entities seen lately has events in the last horizon of the data.

    Both tables have the columns key and second; `last` is the second at which the data end.
    """
    ahead = int(horizon.total_seconds())
    back = int(activity_window(horizon).total_seconds())
    since, until = last - ahead - back, last - ahead
    lately = seen.filter((seen.second > since) & (seen.second <= until)).select("key").distinct()
    again = events.filter(events.second > until).select("key").distinct()
    found = lately.left_join(again, "key").aggregate(share=ibis._.key_right.notnull().mean())
    return float(found.to_pyarrow()["share"][0].as_py() or 0.0)


def moments_of(table: Table, link: str, counts: ir.BooleanValue | None) -> ir.Table:
    """Give the key and the second of every event that counts."""
    rows = table.rows if counts is None else table.rows.filter(counts)
    second = rows[str(table.spec.time)].epoch_seconds()
    return rows.select(key=rows[link].cast("string"), second=second).filter(ibis._.key.notnull())
