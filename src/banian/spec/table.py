"""Raw tables: where they lie, what their rows are, and when each column is known."""

from typing import Annotated, Any, final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from banian.errors import nearest
from banian.spec.base import AbstractSpec
from banian.spec.expression import Expression, parse_expression
from banian.spec.node import columns_of
from banian.spec.source import parse_source


def _check_source(text: str) -> str:
    parse_source(text)
    return text


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        guess = nearest(name, available_timezones()).partition("There are")[0]
        raise ValueError(
            f"no time zone {name!r}. {guess}Write its IANA name, like Europe/London"
        ) from None
    return name


@final
class SourceTableSpec(AbstractSpec):
    """A table from outside: events if it has a time, entities if it has a key."""

    source: Annotated[str, AfterValidator(_check_source)] | None = None
    """A file, absolute or relative to the data folder, `FILE#TABLE` inside one, or `postgresql://HOST/DATABASE#TABLE`.
    Left out where the rows are given in memory."""
    key: str | None = None
    """Column that names a row; two rows with one key are a fault."""
    time: str | None = None
    """Column that says when a row came to be. A table without it is static."""
    time_format: str | None = None
    """How the times are written where not as ISO 8601: in strptime's letters, or unix or unix_ms (since 1970)."""
    time_zone: Annotated[str, AfterValidator(_check_zone)] | None = None
    """Where the clocks stood that wrote times without an offset: Europe/London. Without it, they are UTC."""
    links: dict[str, str] = Field(default_factory=dict)
    """Column → the entity table whose key it holds."""
    scene: str | None = None
    """Column that names the place of use: home feed, search, market, …"""
    lookup: dict[str, str] = Field(default_factory=dict)
    """New column → `link.column`: the value in the row that a link names, such as the date of a line's order."""
    derive: dict[str, Expression] = Field(default_factory=dict)
    """New column → expression over the others."""
    known_at: dict[str, str] = Field(default_factory=dict)
    """Column → the time column, or the delay (7d), at which its value becomes known."""
    trust: tuple[str, ...] = ()
    """Columns that may predict a label however well: they truly are known when a row asks."""
    where: Expression | None = None
    """Rows for which this does not hold are set aside."""
    ignore: tuple[str, ...] = ()
    """Columns that no stage ever reads: they are dropped where the table is read, quarantine included."""

    @property
    def origin(self) -> str:
        """Say in a few words where the rows come from."""
        return self.source or "the frame given"

    @model_validator(mode="after")
    def _ignores_nothing_that_is_used(self) -> "SourceTableSpec":
        used: dict[str, set[str | None] | frozenset[str]] = {
            "key": {self.key},
            "time": {self.time},
            "scene": {self.scene},
            "links": {*self.links},
            "known_at": {*self.known_at, *self.known_at.values()},
            **{
                f"derive.{name}": columns_of(parse_expression(text))
                for name, text in self.derive.items()
            },
            "where": columns_of(parse_expression(self.where)) if self.where else frozenset(),
        }
        for role, columns in used.items():
            for column in self.ignore:
                if column in columns:
                    raise ValueError(
                        f"{column!r} is ignored, and {role} reads it. Leave it out of one of them"
                    )
        return self


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
