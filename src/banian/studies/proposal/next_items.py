"""Which items an entity will turn to next."""

from collections.abc import Iterator
from datetime import timedelta

from banian.spec import EntityTaskSpec
from banian.spec.expression_text import format_expression
from banian.spec.node import Aggregate
from banian.spec.window import Offset, Window, format_offset
from banian.studies.proposal.candidate import Candidate
from banian.studies.proposal.names import to_name
from banian.studies.proposal.rhythm import activity_window
from banian.studies.proposal.sight import Sight

_FEWEST_ITEMS, _TOP = 10, 12


def propose_next_items(
    sight: Sight, entity: str, events: str, seen_in: str, horizon: timedelta
) -> Iterator[Candidate]:
    """Ask whoever acts in a table of events, which is its first link, about every other link that comes again."""
    links = sight.table(events).spec.links
    if next(iter(links.values())) != entity:
        return
    span = format_offset(Offset(horizon))
    back = Window(Offset(-activity_window(horizon)), Offset())
    for column, items in links.items():
        if items == entity or sight.facts[events][column].distinct < _FEWEST_ITEMS:
            continue
        if sight.gap(events, column) is None:  # like orders: none of them ever comes again
            continue
        ahead = Window(Offset(), Offset(horizon))
        only = sight.purchases(events)
        tree = Aggregate("list_distinct", events, column, ahead, only, top=_TOP)
        task = EntityTaskSpec(
            for_each=entity,
            label=format_expression(tree),
            where=format_expression(Aggregate("exists", seen_in, None, back)),
        )
        name = to_name(entity, "next", items, span)
        yield Candidate(name, "next items", task, f"which {items} in {events} in the next {span}")
