"""What follows an event of the same customer and product, or whatever else two tables share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import final

from banian.proposal.column_names import singular, to_name
from banian.proposal.horizon import STEPS, choose_horizon
from banian.proposal.shop_profile import ShopProfile
from banian.proposal.task_candidate import TaskCandidate
from banian.spec import RowTaskSpec
from banian.spec.expression_text import format_expression
from banian.spec.node import Aggregate, Column, Compare, Constant, Node
from banian.spec.window import Offset, Window, format_offset
from banian.tables import POSITION

_LOOKED_AT = 50_000
_RATE = (0.005, 0.98)
_MOST_STEPS = 3


@final
@dataclass(frozen=True)
class _Step:
    """Some events of one table, and those of another that may follow."""

    first: str
    then: str
    only_first: Node | None
    only_then: Node | None
    name: tuple[str, ...]
    means: str


def propose_follow_ups(shop: ShopProfile, events: str) -> Iterator[TaskCandidate]:
    """Ask every event whether another one of the same keys will follow: sent back, again, the next of a funnel."""
    for step in _steps(shop, events):
        same = _shared(shop, step.first, step.then)
        horizon = _horizon(shop, step, same) if same else None
        if horizon is None:
            continue
        span = format_offset(Offset(horizon))
        ahead = Window(Offset(), Offset(horizon))
        tree = Aggregate("exists", step.then, None, ahead, step.only_then, same)
        task = RowTaskSpec(
            rows=step.first,
            label=format_expression(tree),
            where=None if step.only_first is None else format_expression(step.only_first),
        )
        said = f"{step.means} by the same {' and '.join(same)} in the next {span}"
        yield TaskCandidate(to_name(*step.name, span), "follows", task, said)


def _steps(shop: ShopProfile, events: str) -> Iterator[_Step]:
    buys, column = shop.purchases(events), shop.reversal(events)
    one = singular(events)
    if column is not None:
        back = Compare("<", Column(column), Constant(0))
        yield _Step(events, events, buys, back, (one, "reversed"), f"{column} below 0")
    kinds = [kind for kind in shop.kinds_of_events(events) if isinstance(kind[1], str)]
    kinds = [kind for kind in kinds if kind[0] == kinds[0][0]]
    if kinds:
        column, value, said = kinds[-1]
        start = Compare("==", Column(column), Constant(value))
        for _, later, called in kinds[:-1][:_MOST_STEPS]:
            then = Compare("==", Column(column), Constant(later))
            yield _Step(events, events, start, then, (said, "then", called), f"{called} follows")
    else:
        yield _Step(events, events, buys, buys, (one, "again"), f"another of {events}")
    for other in shop.timed():
        if other != events:
            only = shop.purchases(other)
            name = (one, "then", other)
            yield _Step(events, other, buys, only, name, f"any of {other} follows")


def _shared(shop: ShopProfile, first: str, then: str) -> tuple[str, ...]:
    """Choose who acts, the first link, and the finest other link that both tables have and that comes again."""
    here, there = shop.table(first).spec.links, shop.table(then).spec.links
    same = [column for column, to in here.items() if there.get(column) == to]
    if first == then:
        same = [column for column in same if shop.gap(first, column) is not None]
    finest = max(same[1:], key=lambda column: shop.facts[first][column].distinct, default=None)
    return (same[0], finest) if finest is not None else ()


def _horizon(shop: ShopProfile, step: _Step, same: tuple[str, ...]) -> timedelta | None:
    """Choose by how long the events that follow take; nothing where hardly any or nearly all are followed."""
    delays = _delays(shop, step, same)
    if delays is None:
        return None
    gap, shares = delays
    length = min(shop.length(step.first), shop.length(step.then))
    horizon = choose_horizon(gap, length, lambda _: 0.5, of_rows=True)
    if horizon is None or not _RATE[0] <= shares[horizon] <= _RATE[1]:
        return None
    return horizon


def _delays(
    shop: ShopProfile, step: _Step, same: tuple[str, ...]
) -> tuple[timedelta, Mapping[timedelta, float]] | None:
    first, then = shop.table(step.first), shop.table(step.then)
    asks, events = first.rows, then.rows
    if step.only_first is not None:
        asks = asks.filter(shop.counts(step.first, step.only_first))
    if step.only_then is not None:
        events = events.filter(shop.counts(step.then, step.only_then))
    every = max(1, first.report.kept // _LOOKED_AT)
    asks = asks.filter(asks[POSITION] % every == 0)
    left = asks.select(
        ask=asks[POSITION],
        at=asks[str(first.spec.time)].epoch_seconds(),
        **{f"l {c}": asks[c].cast("string") for c in same},
    )
    right = events.select(
        then=events[str(then.spec.time)].epoch_seconds(),
        **{f"r {c}": events[c].cast("string") for c in same},
    )
    equal = [left[f"l {c}"] == right[f"r {c}"] for c in same]
    pairs = left.join(right, [*equal, right.then > left["at"]])
    waits = pairs.group_by("ask").aggregate(wait=(pairs.then - pairs["at"]).min())
    shares = {
        f"{at}": (waits.wait <= int(step_.total_seconds())).sum() for at, step_ in enumerate(STEPS)
    }
    found = waits.aggregate(gap=waits.wait.quantile(0.8), **shares).to_pyarrow().to_pylist()[0]
    asked = int(left.count().to_pyarrow().as_py())
    if found["gap"] is None or not asked:
        return None
    return timedelta(seconds=float(found["gap"])), {
        step_: (found[f"{at}"] or 0) / asked for at, step_ in enumerate(STEPS)
    }
