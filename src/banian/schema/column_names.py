"""Which columns of a table are named by what its spec declares, and which are ours."""

from banian.spec import DerivedTableSpec, ShopSpec, SourceTableSpec

RESERVED = "banian "
"""How the columns begin that are ours, beside the user's."""


def times_of(spec: SourceTableSpec) -> list[str]:
    """Name the columns declared as instants: the rows' own time, and when others become known."""
    return [*([spec.time] if spec.time else []), *sorted(spec.promised)]


def names_of(spec: ShopSpec, table: str) -> frozenset[str]:
    """Name the columns of a table that hold names: keys and links."""
    source = spec.source(table)
    entities = {
        other.key
        for other in spec.tables.values()
        if isinstance(other, DerivedTableSpec) and other.from_ == table
    }
    return frozenset({*source.links, *entities, *(() if source.key is None else (source.key,))})
