"""What whoever asks should be told beside the answers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from banian.features.asked_row import AskFacts
from banian.features.stored_rows import NEVER
from banian.features.ticks import from_tick
from banian.inference.asks import GrainAsks
from banian.spec import ShopSpec, SourceTableSpec

_NEAR = timedelta(days=7)
"""So long after the newest row of the store one may well ask."""


def warn_of(groups: Sequence[GrainAsks], spec: ShopSpec, facts: AskFacts) -> Iterator[str]:
    """Tell of columns that nothing is made of, of asks before the store begins, and of those far behind its end."""
    first, end = facts.first, facts.end
    for group in groups:
        if unused := _unused(group, spec, facts):
            yield (
                f"{group.grain}: {' and '.join(unused)} of {group.about} changes nothing: no feature is made of it "
                "for rows that ask"
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
    declared, row = spec.tables[asks.about], facts.rows.get(asks.grain)
    used = {declared.key} | set(asks.keys.column_names)
    if isinstance(declared, SourceTableSpec):
        used.add(declared.time)
    if row is not None:
        used.update(column for reads in row.reads.values() for column in reads)
    return [name for name in asks.context.column_names if name not in used]
