"""Which columns of a row become features.

Never a feature: a label of the same row, what is derived from one, and what becomes known after the row.
"""

from collections.abc import Iterable

import pyarrow as pa

from banian.errors import SpecError
from banian.examples.clock import reads_of
from banian.examples.describe import describe_feature
from banian.spec import ShopSpec
from banian.tables import Table, times_of


def own_columns(spec: ShopSpec, table: Table) -> tuple[str, ...]:
    """Name the columns of a row that were known when it came to be and describe it.

    Not among them: its key, the times that say when rows or columns are known, columns with `known_at`, labels and
    treatments of any task, what is derived from them, and what they are derived from, unless it is trusted: who knows
    all that knows the label.
    """
    labels = spec.treatments_of(table.name).union(*spec.labels_of(table.name).values())
    sources = frozenset[str]().union(*(reads_of(table.spec, label) for label in labels))
    labels |= sources - set(table.spec.trust)
    return tuple(
        name
        for name, kind in table.types.items()
        if kind.kind != "other"
        and name != table.spec.key
        and name not in times_of(table.spec)
        and not reads_of(table.spec, name) & (labels | table.spec.known_at.keys())
    )


def own_numbers(spec: ShopSpec, table: Table) -> tuple[str, ...]:
    """Name those of them that one can compute with."""
    names = {*table.spec.links, table.spec.scene}
    own = own_columns(spec, table)
    return tuple(name for name in own if table.types[name].is_number and name not in names)


def merge_columns(parts: list[pa.Table], *, of: str, rows: int) -> pa.Table:
    """Put the features of an entity side by side, sorted by name; names that differ only in case are one.

    Raises:
        SpecError: two of them have one name, such as a column that is called like a feature of the history.

    """
    names = [name for part in parts for name in part.column_names]
    refuse_twins(names, of=of)
    columns = {name: part[name] for part in parts for name in part.column_names}
    if not columns:
        return pa.table({"": pa.nulls(rows, pa.float64())}).select([])
    return pa.table({name: columns[name] for name in sorted(columns)})


def refuse_twins(names: Iterable[str], *, of: str) -> None:
    """Hold the names of an entity's features, or of one event's values, against each other.

    Raises:
        SpecError: two are the same.

    """
    folded: set[str] = set()
    for name in names:
        if name.casefold() in folded:
            raise SpecError(
                f"tables.{of.split(' by ')[0]}: two features are called {name!r}, for a column or a table has such "
                f"a name; one of them is: {describe_feature(name, of)}.",
                remedy="Rename that column or table in its source, or leave the column out: ignore: [COLUMN].",
            )
        folded.add(name.casefold())
