"""Columns of events, grouped by when they become known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from banian.features.availability import availability_of
from banian.features.columns import is_read, semantic_type
from banian.features.path import EventPath
from banian.schema import ColumnType
from banian.spec import AT_ROW, Availability, ShopSpec


@final
@dataclass(frozen=True)
class KnownTogether:
    """Columns of events that become known together.

    Args:
        known: when that is; with their row, the events are counted and timed, too.
        numbers: columns that one can compute with.
        truths: columns of truth values.
        categories: all others: categories, ids, and text, which is read as a category.

    """

    known: Availability
    numbers: tuple[str, ...]
    truths: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All of the columns."""
        return (*self.numbers, *self.truths, *self.categories)

    def sequence_of(self, path: EventPath) -> str:
        """Name the sequence of these columns of the newest events of a path."""
        return path.name if self.known.is_at_row else f"{path.name} known at {self.known}"


def group_columns(
    spec: ShopSpec, types: Mapping[str, ColumnType], path: EventPath
) -> tuple[KnownTogether, ...]:
    """Group the columns of a path's events by when they become known; keys, times and the link itself say nothing."""
    table = spec.source(path.table)
    groups: dict[Availability, list[str]] = {AT_ROW: []}
    for column, kind in types.items():
        if is_read(kind) and kind.kind != "time" and column not in (path.link, table.key):
            groups.setdefault(availability_of(spec, path.table, column), []).append(column)
    found = []
    for known in sorted(groups):
        means = {n: semantic_type(table, types, n) for n in groups[known]}
        numbers = tuple(n for n, semantic in means.items() if semantic == "number")
        truths = tuple(n for n, semantic in means.items() if semantic == "truth")
        others = tuple(n for n in means if n not in (*numbers, *truths))
        found.append(KnownTogether(known, numbers, truths, others))
    return tuple(found)
