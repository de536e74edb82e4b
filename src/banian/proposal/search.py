"""All that tables could supervise, before any of it is tried."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from banian.proposal.activity import propose_activity
from banian.proposal.follow_ups import propose_follow_ups
from banian.proposal.horizon import choose_horizon, share_that_comes_again
from banian.proposal.label_columns import propose_label_columns
from banian.proposal.next_items import propose_next_items
from banian.proposal.shop_profile import ShopProfile
from banian.proposal.task_candidate import TaskCandidate
from banian.tables import Database

_MOST_PER_GRAIN = 12


def find_candidates(database: Database) -> tuple[list[TaskCandidate], list[str]]:
    """List the candidates of every family, at most twelve per grain, and say what could not be asked and why."""
    shop, silent = ShopProfile(database), list[str]()
    found: dict[str, list[TaskCandidate]] = {}
    for one in _every(shop, silent):
        found.setdefault(one.task.grain, []).append(one)
    chosen = []
    for grain, candidates in found.items():
        if len(candidates) > _MOST_PER_GRAIN:
            more = ", ".join(one.name for one in candidates[_MOST_PER_GRAIN:])
            silent.append(f"{grain}: more candidates than are tried at once: {more}")
        chosen += candidates[:_MOST_PER_GRAIN]
    return _with_names_of_their_own(chosen, set(database.spec.tasks)), silent


def _every(shop: ShopProfile, silent: list[str]) -> Iterator[TaskCandidate]:
    for entity in shop.spec.tables:
        if shop.spec.tables[entity].key is None:
            continue
        busy = [name for name in shop.spec.links_to(entity) if name in shop.timed()]
        if not busy:
            continue
        seen_in = max(busy, key=lambda name: shop.table(name).report.kept)
        families: list[list[TaskCandidate]] = [[] for _ in busy]
        for at, events in enumerate(busy):
            horizon = _horizon(shop, entity, events, seen_in, silent)
            if horizon is not None:
                first, *others = propose_activity(shop, entity, events, seen_in, horizon)
                following = propose_next_items(shop, entity, events, seen_in, horizon)
                families[at] += [first, *following, *others]
        yield from _in_turn(families)
    for table in shop.database.tables:
        yield from propose_label_columns(shop, table)
        if table in shop.timed():
            yield from propose_follow_ups(shop, table)


def _horizon(
    shop: ShopProfile, entity: str, events: str, seen_in: str, silent: list[str]
) -> timedelta | None:
    links = shop.spec.links_to(entity)
    gap = shop.gap(events, links[events][0])
    if gap is None:
        silent.append(f"{entity}: hardly any of them has {events} on more than one day")
        return None
    last = int(shop.span(events)[1].replace(tzinfo=UTC).timestamp())
    coming = shop.moments(events, links[events][0])
    seen = shop.moments(seen_in, links[seen_in][0])

    def rate(horizon: timedelta) -> float:
        return share_that_comes_again(coming, seen, horizon, last)

    horizon = choose_horizon(gap, shop.length(events), rate)
    if horizon is None:
        silent.append(f"{entity}: {events} go on for too short a time to look ahead")
    return horizon


def _in_turn(families: list[list[TaskCandidate]]) -> Iterator[TaskCandidate]:
    """Take from each list in turn, so that a limit leaves none without."""
    for at in range(max(map(len, families), default=0)):
        yield from (family[at] for family in families if at < len(family))


def _with_names_of_their_own(
    candidates: list[TaskCandidate], taken: set[str]
) -> list[TaskCandidate]:
    seen = {name.casefold() for name in taken}
    named = []
    for one in candidates:
        name, at = one.name, 2
        while name.casefold() in seen:
            name, at = f"{one.name}_{at}", at + 1
        seen.add(name.casefold())
        named.append(TaskCandidate(name, one.family, one.task, one.means, one.doubts))
    return named
