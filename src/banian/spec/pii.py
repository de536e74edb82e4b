"""Personal data in keys and links: hashed on both sides, or nobody is recognised."""

from collections.abc import Mapping

from banian.spec.table import DerivedTableSpec, SourceTableSpec, TableSpec


def check_pii(tables: Mapping[str, TableSpec]) -> None:
    """Refuse a link that is hashed to a key that is not, and the other way round.

    Raises:
        ValueError: with both columns.

    """
    for name, table in tables.items():
        if not isinstance(table, SourceTableSpec):
            continue
        for column, entity in table.links.items():
            other = tables[entity]
            home = other.from_ if isinstance(other, DerivedTableSpec) else entity
            owner = tables[home]
            if not isinstance(owner, SourceTableSpec) or other.key is None:
                continue
            if (column in table.pii) != (other.key in owner.pii):
                here, there = f"tables.{name}.links.{column}", f"{home}.{other.key}"
                one, neither = (here, there) if column in table.pii else (there, here)
                raise ValueError(
                    f"{one} is pii and {neither} is not, so that no link would lead anywhere. Declare both"
                )
