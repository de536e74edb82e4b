"""Which raw column a feature was made from."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import final

from banian.examples.attributes import AGE
from banian.spec import ShopSpec

_OF_ROWS = re.compile(
    r"(count\.(all|fading|trend|\d+[hdw])|gap\.(mean|std|due|\d+)|recency|tenure)$"
)
"""How a feature goes on that no column stands behind, only that there were rows, and when."""


@final
@dataclass(frozen=True)
class Origin:
    """A table, and one of its columns; none where the rows themselves were counted in a table without time."""

    table: str
    column: str | None

    @property
    def path(self) -> str:
        """Write it as in the spec.

        >>> Origin("orders", "price").path
        'tables.orders.price'
        """
        return f"tables.{self.table}" + (f".{self.column}" if self.column else "")


def trace_feature(
    spec: ShopSpec, columns: Mapping[str, Collection[str]], entity: str, feature: str
) -> Origin:
    """Trace a feature of an entity to its column; `columns` names those of every table that was read.

    The longest known name counts, so that dots in names do not mislead. What merely counts rows, or says how long ago
    they were, comes from the table's time.
    """
    entity = entity if entity in spec.tables else entity.split(" by ")[0]
    if feature in columns.get(entity, ()):
        return Origin(entity, feature)
    own = feature.partition(".relative.")[0]
    if own != feature and own in columns.get(entity, ()):
        return Origin(entity, own)
    own = feature.removesuffix(AGE)
    if own != feature and own in columns.get(entity, ()):
        return Origin(entity, own)
    if feature.startswith("time.") and entity in columns:
        return Origin(entity, spec.source(entity).time)
    feature = _without_way(spec, feature)
    found = _longest(feature, [name for name in spec.tables if name in columns])
    if found is None:
        return Origin(entity, None)
    rest = feature.removeprefix(f"{found}.")
    links = spec.links_to(entity).get(found, ())
    if len(links) > 1:  # then the features of each link are named after it
        rest = rest.removeprefix(f"{_longest(rest, links)}.")
    if spec.source(found).time is None and rest in columns[found]:
        return Origin(found, rest)
    column = None if _OF_ROWS.match(rest) else _longest(rest, columns[found])
    return Origin(found, column or spec.source(found).time)


def _without_way(spec: ShopSpec, feature: str) -> str:
    """Leave out through which entity the events came: `lines via products.amount.…` is made from lines."""
    for via in sorted(spec.tables, key=len, reverse=True):
        before, way, after = feature.partition(f" via {via}.")
        if way:
            return f"{before}.{after}"
    return feature


def _longest(name: str, known: Collection[str]) -> str | None:
    """Give the longest known name with which another begins, up to a dot or its end."""
    while name not in known:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return name
