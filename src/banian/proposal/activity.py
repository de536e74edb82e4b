"""What an entity will do, or what will be done with it: whether, how often, how much."""

from collections.abc import Iterator
from datetime import timedelta

from banian.proposal.column_facts import ColumnFacts
from banian.proposal.column_names import looks_additive, looks_like_price, order_of_amount, to_name
from banian.proposal.horizon import activity_window
from banian.proposal.shop_profile import ShopProfile
from banian.proposal.task_candidate import Family, TaskCandidate
from banian.spec import EntityTaskSpec
from banian.spec.expression_text import format_expression
from banian.spec.node import Aggregate, Column, Compare, Constant, Function, Greatest, Node
from banian.spec.window import Offset, Window, format_offset

_MOST_SUMS, _MOST_FILTERS = 3, 3
_EMPTY = 0.9
"""A number that is 0 more often is summed only where there is no other."""
_SIGNED = 0.3
"""From this share of negative values on, a sum may as well be negative."""


def propose_activity(
    shop: ShopProfile, entity: str, events: str, seen_in: str, horizon: timedelta
) -> Iterator[TaskCandidate]:
    """Ask every entity seen lately in one table about the events of another, in the next horizon."""
    ask = _Asker(entity, events, seen_in, horizon, shop.purchases(events))
    span = format_offset(Offset(horizon))
    yield ask("exists", None, to_name(entity, events, span), f"any of {events}")
    yield from _sums(shop, ask, entity, events, span)
    yield ask("count", None, to_name(entity, events, "count", span), f"how many {events}")
    for column, value, said in shop.kinds_of_events(events)[:_MOST_FILTERS]:
        only = Compare("==", Column(column), Constant(value))
        name = to_name(entity, events, said, span)
        yield ask("exists", None, name, f"any of {events} with {said}", only=only)
    for column, facts in shop.numbers(events).items():
        if looks_like_price(column) and facts.distinct > 2:
            name = to_name(entity, column, "mean", span)
            yield ask("avg", column, name, f"mean {column} of {events}")
            break


def _sums(
    shop: ShopProfile, ask: "_Asker", entity: str, events: str, span: str
) -> Iterator[TaskCandidate]:
    numbers = shop.numbers(events)
    amounts = [name for name, facts in numbers.items() if _is_amount(name, facts)]
    derived = shop.spec.source(events).derive
    telling = [name for name in amounts if numbers[name].at_zero <= _EMPTY * numbers[name].rows]

    def order(name: str) -> tuple[bool, int, int]:
        return name not in derived, order_of_amount(name), numbers[name].at_zero

    for column in sorted(telling or amounts, key=order)[:_MOST_SUMS]:
        facts = numbers[column]
        floor = 0 < facts.below_zero < _SIGNED * facts.known
        name = to_name(entity, column, span)
        yield ask("sum", column, name, f"sum of {column} in {events}", floor=floor)


def _is_amount(name: str, facts: ColumnFacts) -> bool:
    return looks_additive(name) and facts.distinct > 2 and facts.known > facts.rows // 2


class _Asker:
    """Makes the candidates of one entity and one table of events."""

    def __init__(
        self, entity: str, events: str, seen_in: str, horizon: timedelta, only: Node | None
    ) -> None:
        self._entity, self._events, self._only = entity, events, only
        self._ahead = Window(Offset(), Offset(horizon))
        back = Window(Offset(-activity_window(horizon)), Offset())
        self._where = format_expression(Aggregate("exists", seen_in, None, back))
        self._said = f"in the next {format_offset(Offset(horizon))}"

    def __call__(
        self,
        function: Function,
        column: str | None,
        name: str,
        means: str,
        *,
        only: Node | None = None,
        floor: bool = False,
    ) -> TaskCandidate:
        chosen = only or (None if function == "sum" else self._only)
        tree: Node = Aggregate(function, self._events, column, self._ahead, chosen)
        if floor:
            tree = Greatest((tree, Constant(0)))
        task = EntityTaskSpec(
            for_each=self._entity, label=format_expression(tree), where=self._where
        )
        family: Family = "amounts" if function in ("sum", "avg", "count") else "happens"
        return TaskCandidate(name, family, task, f"{means} {self._said}")
