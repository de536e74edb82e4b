"""Raw tables: where they lie, what their rows are, and when each column is known."""

from typing import Annotated, Any, final

from pydantic import Discriminator, Field, Tag

from banian.spec.base import AbstractSpec
from banian.spec.expression import Expression


@final
class SourceTableSpec(AbstractSpec):
    """A table read from a file: events if it has a time, entities if it has a key."""

    source: str
    """File name, absolute or relative to the data folder: .csv, .csv.gz, .parquet."""
    key: str | None = None
    """Column that names a row; two rows with one key are a fault."""
    time: str | None = None
    """Column that says when a row came to be. A table without it is static."""
    time_format: str | None = None
    """How the times are written where not as ISO 8601: in strptime's letters, or unix or unix_ms (since 1970)."""
    links: dict[str, str] = Field(default_factory=dict)
    """Column → the entity table whose key it holds."""
    scene: str | None = None
    """Column that names the place of use: home feed, search, market, …"""
    derive: dict[str, Expression] = Field(default_factory=dict)
    """New column → expression over the others."""
    known_at: dict[str, str] = Field(default_factory=dict)
    """Column → the time column, or the delay (7d), at which its value becomes known."""
    trust: tuple[str, ...] = ()
    """Columns that may predict a label however well: they truly are known when a row asks."""
    where: Expression | None = None
    """Rows for which this does not hold are set aside."""


@final
class DerivedTableSpec(AbstractSpec):
    """An entity that exists only as a column of an event table."""

    from_: str = Field(alias="from")
    """The event table."""
    key: str
    """Its column that names the entity."""


def _which(value: Any) -> str:  # noqa: ANN401
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "derived" if "from" in keys or "from_" in keys else "source"


TableSpec = Annotated[
    Annotated[SourceTableSpec, Tag("source")] | Annotated[DerivedTableSpec, Tag("derived")],
    Discriminator(_which),
]
