"""All that tables could supervise, before any of it is tried."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from banian.studies.proposal.activity import propose_activity
from banian.studies.proposal.candidate import Candidate
from banian.studies.proposal.follow_ups import propose_follow_ups
from banian.studies.proposal.label_columns import propose_label_columns
from banian.studies.proposal.next_items import propose_next_items
from banian.studies.proposal.rhythm import choose_horizon, share_that_comes_again
from banian.studies.proposal.sight import Sight
from banian.tables import Database

_MOST_PER_GRAIN = 12


def find_candidates(database: Database) -> tuple[list[Candidate], list[str]]:
    """List the candidates of every family, at most twelve per grain, and say what could not be asked and why."""
    sight, silent = Sight(database), list[str]()
    found: dict[str, list[Candidate]] = {}
    for one in _every(sight, silent):
        found.setdefault(one.task.grain, []).append(one)
    chosen = []
    for grain, candidates in found.items():
        if len(candidates) > _MOST_PER_GRAIN:
            more = ", ".join(one.name for one in candidates[_MOST_PER_GRAIN:])
            silent.append(f"{grain}: more candidates than are tried at once: {more}")
        chosen += candidates[:_MOST_PER_GRAIN]
    return _with_names_of_their_own(chosen, set(database.spec.tasks)), silent


def _every(sight: Sight, silent: list[str]) -> Iterator[Candidate]:
    for entity in sight.spec.tables:
        if sight.spec.tables[entity].key is None:
            continue
        busy = [name for name in sight.spec.links_to(entity) if name in sight.timed()]
        if not busy:
            continue
        seen_in = max(busy, key=lambda name: sight.table(name).report.kept)
        families: list[list[Candidate]] = [[] for _ in busy]
        for at, events in enumerate(busy):
            horizon = _horizon(sight, entity, events, seen_in, silent)
            if horizon is not None:
                first, *others = propose_activity(sight, entity, events, seen_in, horizon)
                following = propose_next_items(sight, entity, events, seen_in, horizon)
                families[at] += [first, *following, *others]
        yield from _in_turn(families)
    for table in sight.database.tables:
        yield from propose_label_columns(sight, table)
        if table in sight.timed():
            yield from propose_follow_ups(sight, table)


def _horizon(
    sight: Sight, entity: str, events: str, seen_in: str, silent: list[str]
) -> timedelta | None:
    links = sight.spec.links_to(entity)
    gap = sight.gap(events, links[events][0])
    if gap is None:
        silent.append(f"{entity}: hardly any of them has {events} on more than one day")
        return None
    last = int(sight.span(events)[1].replace(tzinfo=UTC).timestamp())
    coming = sight.moments(events, links[events][0])
    seen = sight.moments(seen_in, links[seen_in][0])

    def rate(horizon: timedelta) -> float:
        return share_that_comes_again(coming, seen, horizon, last)

    horizon = choose_horizon(gap, sight.length(events), rate)
    if horizon is None:
        silent.append(f"{entity}: {events} go on for too short a time to look ahead")
    return horizon


def _in_turn(families: list[list[Candidate]]) -> Iterator[Candidate]:
    """Take from each list in turn, so that a limit leaves none without."""
    for at in range(max(map(len, families), default=0)):
        yield from (family[at] for family in families if at < len(family))


def _with_names_of_their_own(candidates: list[Candidate], taken: set[str]) -> list[Candidate]:
    seen = {name.casefold() for name in taken}
    named = []
    for one in candidates:
        name, at = one.name, 2
        while name.casefold() in seen:
            name, at = f"{one.name}_{at}", at + 1
        seen.add(name.casefold())
        named.append(Candidate(name, one.family, one.task, one.means, one.doubts))
    return named
