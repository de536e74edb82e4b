"""Which items an entity will turn to next."""

from collections.abc import Iterator
from datetime import timedelta

from banian.proposal.column_names import to_name
from banian.proposal.horizon import activity_window
from banian.proposal.shop_profile import ShopProfile
from banian.proposal.task_candidate import TaskCandidate
from banian.spec import EntityTaskSpec
from banian.spec.expression_text import format_expression
from banian.spec.node import Aggregate
from banian.spec.window import Offset, Window, format_offset

_FEWEST_ITEMS, _TOP = 10, 12


def propose_next_items(
    shop: ShopProfile, entity: str, events: str, seen_in: str, horizon: timedelta
) -> Iterator[TaskCandidate]:
    """Ask whoever acts in a table of events, which is its first link, about every other link that comes again."""
    links = shop.table(events).spec.links
    if next(iter(links.values())) != entity:
        return
    span = format_offset(Offset(horizon))
    back = Window(Offset(-activity_window(horizon)), Offset())
    for column, items in links.items():
        if items == entity or shop.facts[events][column].distinct < _FEWEST_ITEMS:
            continue
        if shop.gap(events, column) is None:  # like orders: none of them ever comes again
            continue
        ahead = Window(Offset(), Offset(horizon))
        only = shop.purchases(events)
        tree = Aggregate("list_distinct", events, column, ahead, only, top=_TOP)
        task = EntityTaskSpec(
            for_each=entity,
            label=format_expression(tree),
            where=format_expression(Aggregate("exists", seen_in, None, back)),
        )
        name = to_name(entity, "next", items, span)
        yield TaskCandidate(
            name, "next items", task, f"which {items} in {events} in the next {span}"
        )
