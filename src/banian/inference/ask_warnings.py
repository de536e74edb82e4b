"""What whoever asks should be told beside the answers."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from banian.features.asked_row import AskFacts
from banian.features.stored_rows import NEVER
from banian.features.ticks import from_tick
from banian.inference.ask_rows import AskRows
from banian.inference.asks import GRAIN, TASK, GrainAsks
from banian.spec import RowTaskSpec, ShopSpec, SourceTableSpec

_MOST_NAMED = 8
"""Tasks and grains that a warning lists."""
_NEAR = timedelta(days=7)
"""So long after the newest row of the store one may well ask."""


def warn_unasked(rows: AskRows, asked: Collection[str], wanted: Sequence[str]) -> Iterator[str]:
    """Tell that nothing is asked, or which tasks that alone are to be answered no ask asks.

    Args:
        rows: the asks as they were given.
        asked: the tasks that they ask, of those wanted.
        wanted: the tasks that alone are to be answered; all where none is named.

    """
    if not rows.count:
        yield "there are no asks, and so no answers"
        return
    lacking = [task for task in wanted if task not in asked]
    if lacking:
        yield f"no ask asks {' or '.join(lacking)}: they ask {_named(rows)}"


def _named(rows: AskRows) -> str:
    """List what asks say that they are about, the first few alone."""
    said: dict[str, None] = {}
    for place in range(rows.count):
        what = rows.get(TASK, place) or rows.get(GRAIN, place)
        said |= dict.fromkeys(map(str, what if isinstance(what, list | tuple) else [what]))
    names = [name for name in said if name != "None"]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def warn_of(groups: Sequence[GrainAsks], spec: ShopSpec, facts: AskFacts) -> Iterator[str]:
    """Tell of columns that nothing is made of, of asks before the store begins, and of those far behind its end."""
    first, end = facts.first, facts.end
    for group in groups:
        if unused := _unused(group, spec, facts):
            verb, what = ("changes", "it") if len(unused) == 1 else ("change", "them")
            yield (
                f"{group.grain}: {' and '.join(unused)} of {group.about} {verb} nothing: no feature is made of {what} "
                "for rows that ask"
            )
        if key := _idle_key(group, spec, facts):
            yield (
                f"{group.grain}: {key} is all that is said of {group.about}: a row is not looked up by its key, and "
                "what is known of it must be given in the other columns"
            )
        times = group.at[group.at != NEVER]
        if end is None or first is None or not len(times):
            continue
        if times.min() < first:
            yield (
                f"{group.grain}: asked as of {from_tick(int(times.min()))}, before the data of the store begin "
                f"({from_tick(first)}): nothing had happened yet"
            )
        newest = from_tick(int(times.max()))
        if newest - from_tick(end) > _NEAR:
            yield (
                f"{group.grain}: asked as of {newest}, {(newest - from_tick(end)).days:,} days after the newest "
                f"row of the store ({from_tick(end)}); what happened in between is not known"
            )


def _unused(asks: GrainAsks, spec: ShopSpec, facts: AskFacts) -> list[str]:
    """List the columns that asks give and nothing is made of."""
    used = _read(asks, facts) | set(asks.keys.column_names)
    declared = spec.tables[asks.about]
    if isinstance(declared, SourceTableSpec) and _asks_rows(asks, spec):
        used.add(str(declared.time))  # it says as of when
    return [name for name in asks.context.column_names if name not in used]


def _idle_key(asks: GrainAsks, spec: ShopSpec, facts: AskFacts) -> str | None:
    """Give the key of the rows that ask, where asks say nothing else of them."""
    key, given = spec.tables[asks.about].key, set(asks.context.column_names)
    is_alone = _asks_rows(asks, spec) and key in given and not given & _read(asks, facts)
    return key if is_alone else None


def _asks_rows(asks: GrainAsks, spec: ShopSpec) -> bool:
    return isinstance(spec.tasks[asks.tasks[0]], RowTaskSpec)


def _read(asks: GrainAsks, facts: AskFacts) -> set[str]:
    """Name the columns of which something is made."""
    row = facts.rows.get(asks.grain)
    return set() if row is None else {name for reads in row.reads.values() for name in reads}
