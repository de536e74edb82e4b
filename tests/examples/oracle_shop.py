"""A shop as lists of dictionaries, and when each value of it can be seen. Slow and plain.

The oracle shares no code with the package: the declaration is the tree that YAML would give, numbers are exact
fractions, and every filter is a Python function.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from questions import columns_of, windows_of

Row = dict[str, Any]
Truth = Callable[[Row], bool | None]

DAY = timedelta(days=1)


@dataclass
class Shop:
    """Raw rows in the order of the file, and what was declared about them."""

    tree: dict[str, Any]
    tables: dict[str, list[Row]]
    kinds: dict[str, dict[str, str]] = field(repr=False)
    """Table → column → number, text or time."""
    reads: dict[str, dict[str, list[str]]] = field(default_factory=dict, repr=False)
    """Table → derived column → the columns that it reads."""
    truths: dict[str, Truth] = field(default_factory=dict, repr=False)
    """A filter's text → what it means."""
    late_filters: dict[str, list[str]] = field(default_factory=dict, repr=False)
    """A filter's text → the columns that it reads."""
    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Task → its label and, where it has one, its condition, as trees."""
    as_text: set[str] = field(default_factory=set)
    """Tasks that are declared as the text of a question, not as a mapping."""
    whole: "Shop | None" = field(default=None, repr=False)
    """The shop of which it is a part, where tables are judged as wholes."""


@dataclass
class Ask:
    """One row of the answer."""

    key: Any
    cutoff: datetime
    is_row: bool
    own: Row
    asked: dict[str, bool] = field(default_factory=dict)
    label: dict[str, Fraction | None] = field(default_factory=dict)
    matured: dict[str, datetime | None] = field(default_factory=dict)
    level: dict[str, Fraction] = field(default_factory=dict)
    present: dict[str, bool] = field(default_factory=dict)
    ids: dict[str, str | None] = field(default_factory=dict)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    sequences: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def sees(self, at: datetime | None) -> bool:
        """Entities see what happens at the cutoff; rows see what happens before them."""
        if at is None:
            return False
        return at < self.cutoff if self.is_row else at <= self.cutoff

    def sees_within(self, at: datetime | None, window: timedelta | None) -> bool:
        if at is None or not self.sees(at):
            return False
        if window is None:
            return True
        start = self.cutoff - window
        return at >= start if self.is_row else at > start


def own_labels(shop: Shop, table: str) -> dict[str, set[str]]:
    """Tasks whose label stands in the rows of a table, and the columns that it reads."""
    return {
        name: columns_of(shop.questions[name]["label"])
        for name, task in shop.tree["tasks"].items()
        if task.get("rows") == table and not windows_of(shop.questions[name]["label"])
    }


def length(text: str) -> timedelta:
    return int(text[:-1]) * {"h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}[text[-1]]


def rows_of(shop: Shop, table: str) -> list[Row]:
    """Rows that survive cleaning: those with a time, where the table has one."""
    time = shop.tree["tables"][table].get("time")
    return [row for row in shop.tables[table] if time is None or row[time] is not None]


def end_of(shop: Shop, table: str) -> datetime:
    """Where a table ends: with its last row that does not lie far after all others."""
    time = shop.tree["tables"][table]["time"]
    return end_of_times(sorted(row[time] for row in rows_of(shop, table)))


def end_of_times(times: list[datetime]) -> datetime:
    for at in range(len(times) - 1, 0, -1):
        if lies_far(times[:at], times[at:]):
            return end_of_times(times[:at])
    return times[-1]


def lies_far(earlier: list[datetime], later: list[datetime]) -> bool:
    """Whether rows come over ten usual gaps after all others, and are few, and go on otherwise than these."""
    total, gap = len(earlier) + len(later), later[0] - earlier[-1]
    if gap <= 10 * DAY:
        return False
    hours = sorted({hour_of(at) for at in earlier})
    so_far = {hour: sum(hour_of(at) <= hour for at in earlier) for hour in hours}
    trusted = [at for at in earlier if so_far[hour_of(at)] > max(1, total / 100)]
    if len({hour_of(at) for at in trusted}) < 20:
        return False
    between = [b - a for a, b in pairwise(trusted) if hour_of(a) != hour_of(b)]
    if gap <= 10 * max([*between, DAY]):
        return False
    span = trusted[-1] - trusted[0]
    if len(later) > total * (0.1 if gap > span else 0.01):
        return False
    new_hours, lasted = len({hour_of(at) for at in later}), later[-1] - later[0]
    is_season = new_hours >= 20 and len(later) * span >= 0.1 * len(earlier) * lasted
    return not is_season


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def known_at(shop: Shop, table: str, row: Row, columns: list[str]) -> datetime | None:
    """When all these values of a row are known; None if one of them never is."""
    declared = shop.tree["tables"][table]
    moments = [row[declared["time"]]]
    for column in columns:
        promised = declared.get("known_at", {}).get(column)
        if promised is not None and promised[0].isdigit():
            moments.append(row[declared["time"]] + length(promised))
        elif promised is not None:
            moments.append(row[promised])
        else:
            moments += [
                row[declared["time"]] + length(shop.tree["tasks"][task]["within"])
                for task, columns_read in own_labels(shop, table).items()
                if column in columns_read and "within" in shop.tree["tasks"][task]
            ]
        inner = shop.reads.get(table, {}).get(column)
        if inner:
            moments.append(known_at(shop, table, row, inner))
    return None if None in moments else max(moments)


def delays(shop: Shop, table: str, column: str) -> frozenset[str]:
    """What has to pass before a column is known: columns with one answer become known together."""
    declared, found = shop.tree["tables"][table], set()
    if column in declared.get("known_at", {}):
        promised = declared["known_at"][column]
        found.add(str(length(promised)) if promised[0].isdigit() else promised)
    else:
        found |= {
            str(length(shop.tree["tasks"][task]["within"]))
            for task, columns_read in own_labels(shop, table).items()
            if column in columns_read and "within" in shop.tree["tasks"][task]
        }
    for inner in shop.reads.get(table, {}).get(column, []):
        found |= delays(shop, table, inner)
    return frozenset(found)


def is_late(shop: Shop, table: str, columns: list[str]) -> bool:
    """Whether any of these columns can become known after its row."""
    declared = shop.tree["tables"][table]
    return any(
        column in declared.get("known_at", {})
        or any(
            column in columns_read and "within" in shop.tree["tasks"][task]
            for task, columns_read in own_labels(shop, table).items()
        )
        or is_late(shop, table, shop.reads.get(table, {}).get(column, []))
        for column in columns
    )


def links_to(shop: Shop, entity: str) -> Iterator[tuple[str, list[str]]]:
    for name, declared in sorted(shop.tree["tables"].items()):
        links = sorted(c for c, to in declared.get("links", {}).items() if to == entity)
        if links:
            yield name, links


def closure(shop: Shop, table: str, column: str) -> set[str]:
    inner = shop.reads.get(table, {}).get(column, [])
    return {column}.union(*(closure(shop, table, other) for other in inner))
