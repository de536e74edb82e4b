"""Raw tables: where they lie, what their rows are, and when each column is known."""

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    field_validator,
    model_validator,
)

from banian.errors import nearest
from banian.spec.availability import AT_ROW, Availability, latest, parse_availability
from banian.spec.base import AbstractSpec
from banian.spec.expression import Expression, parse_expression
from banian.spec.node import columns_of
from banian.spec.semantic_type import Content, Means, SemanticType
from banian.spec.source import FileFormat, SourceKind, parse_source
from banian.spec.written import Delimiter, Encoding, Names, Point, Quote, Thousands

_FIRST_YEAR, _END_YEAR = 1900, 2200  # rows outside them are typing errors
_KINDS: dict[str, tuple[SourceKind, ...]] = {
    "delimiter": ("csv",),
    "quote": ("csv",),
    "header": ("csv",),
    "columns": ("csv",),
    "encoding": ("csv", "json_lines"),
}
"""Key → the kinds of source that it is for."""


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        guess = nearest(name, available_timezones()).partition("There are")[0]
        raise ValueError(
            f"no time zone {name!r}. {guess}Write its IANA name, like Europe/London"
        ) from None
    return name


def _read_end(value: object) -> datetime:
    if isinstance(value, str):
        is_day = len(value.strip()) == len("2024-12-31")
        with suppress(ValueError):  # said below, with an example
            value = (date if is_day else datetime).fromisoformat(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.max)  # the whole day
    if isinstance(value, datetime) and _FIRST_YEAR <= value.year < _END_YEAR:
        return value
    raise ValueError(
        f"{str(value)!r} is not a time between {_FIRST_YEAR} and {_END_YEAR}. Write one like 2024-12-31 or "
        "2024-12-31T12:00:00"
    )


End = Annotated[
    datetime,
    BeforeValidator(_read_end),
    PlainSerializer(lambda at: at.isoformat(), return_type=str),
]
"""The last instant of something; a day is meant to its end."""


@final
class SourceTableSpec(AbstractSpec):
    """A table from outside: events if it has a time, entities if it has a key."""

    format: FileFormat | None = None
    """What a file is whose name does not say it; stands before `source`, which is held against it."""
    source: str | None = None
    """A file, absolute or relative to the data folder, `FILE#TABLE` inside one, or `postgresql://HOST/DATABASE#TABLE`.
    Left out where the rows are given in memory."""
    delimiter: Delimiter | None = None
    """What stands between the values of a CSV file; without it, it is found in the first lines."""
    quote: Quote | None = None
    """What stands around the values of a CSV file that hold a delimiter; empty where nothing does."""
    encoding: Encoding | None = None
    """How the text of a file is encoded, by a name that Python knows; without it, it must be UTF-8."""
    header: bool = True
    """Whether the first line of a CSV file names the columns."""
    columns: Names = ()
    """Names of all columns of a CSV file, in their order, instead of those in its header."""
    decimal: Point | None = None
    """What stands before the fractions in numbers that are written as text; without it, a point."""
    thousands: Thousands | None = None
    """What stands between the thousands in numbers that are written as text; without it, nothing."""
    key: str | None = None
    """Column that names a row; two rows with one key are a fault."""
    time: str | None = None
    """Column that says when a row came to be. A table without it is static."""
    time_format: str | None = None
    """How the times are written where not as ISO 8601: in strptime's letters, or unix, unix_ms, unix_us, unix_ns."""
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
    means: dict[str, Means] = Field(default_factory=dict)
    """Column → what it means, where that does not follow from how it is stored: a category written in digits, text."""
    text: tuple[str, ...] = ()
    """Columns of sentences, which an encoder of text reads: the same as `means: {COLUMN: text}`."""
    image: tuple[str, ...] = ()
    """Columns of pictures: where a file lies in the data folder, or its bytes."""
    audio: tuple[str, ...] = ()
    """Columns of recordings, likewise."""
    trust: tuple[str, ...] = ()
    """Columns that may predict a label however well: they truly are known when a row asks."""
    where: Expression | None = None
    """Rows for which this does not hold are set aside."""
    ignore: tuple[str, ...] = ()
    """Columns that no stage ever reads: they are dropped where the table is read, quarantine included."""

    pii: tuple[str, ...] = ()
    """Columns with personal data, such as addresses: they become keyed hashes where the table is read, keys and links
    too; nothing else ever sees them."""

    @field_validator("source")
    @classmethod
    def _is_a_source(cls, text: str | None, info: Any) -> str | None:  # noqa: ANN401
        if text is not None:
            parse_source(text, info.data.get("format"))
        return text

    def available(self, column: str) -> Availability:
        """Say when a column is known, by its own declaration."""
        return parse_availability(self.known_at[column]) if column in self.known_at else AT_ROW

    @property
    def meanings(self) -> dict[str, SemanticType]:
        """What columns mean as declared, whichever key says it."""
        contents = {column: of for of, columns in self._contents.items() for column in columns}
        return {**self.means, **contents}

    @property
    def _contents(self) -> dict[Content, tuple[str, ...]]:
        return {"text": self.text, "image": self.image, "audio": self.audio}

    @model_validator(mode="after")
    def _means_one_thing(self) -> "SourceTableSpec":
        said = {column: f"means says {semantic}" for column, semantic in self.means.items()}
        for content, columns in self._contents.items():
            for column in columns:
                if said.setdefault(column, f"it stands in {content}") not in (
                    f"it stands in {content}",
                    f"means says {content}",
                ):
                    raise ValueError(
                        f"{column!r} stands in {content}, and {said[column]}. Leave it out of one of them"
                    )
        return self

    @property
    def promised(self) -> frozenset[str]:
        """The time columns that say when others become known."""
        return latest(map(parse_availability, self.known_at.values())).times

    @property
    def origin(self) -> str:
        """Say in a few words where the rows come from."""
        return self.source or "the frame given"

    @model_validator(mode="after")
    def _says_how_it_is_written(self) -> "SourceTableSpec":
        kind = None if self.source is None else parse_source(self.source, self.format).kind
        for key, kinds in _KINDS.items():
            is_said = getattr(self, key) != type(self).model_fields[key].default
            if is_said and kind is not None and kind not in kinds:
                raise ValueError(
                    f"{key} is for {' and '.join(kinds)}, and {self.source!r} is {kind}. "
                    f"Leave {key} out"
                )
        if not self.header and not self.columns:
            raise ValueError(
                "header: false, and nothing names the columns. Name all of them, in their order: "
                "columns: [NAME, …]"
            )
        mark = self.decimal or "."
        if self.thousands == mark:
            raise ValueError(
                f"decimal and thousands are both {mark!r}. Write what stands before the fractions "
                "as decimal: ','"
            )
        return self

    @model_validator(mode="after")
    def _ignores_nothing_that_is_used(self) -> "SourceTableSpec":
        used: dict[str, set[str | None] | frozenset[str]] = {
            "key": {self.key},
            "time": {self.time},
            "scene": {self.scene},
            "links": {*self.links},
            "known_at": {*self.known_at, *self.known_at.values()},
            "means": {*self.means},
            **{content: {*columns} for content, columns in self._contents.items()},
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

    @model_validator(mode="after")
    def _hashes_nothing_that_is_computed_with(self) -> "SourceTableSpec":
        computed: dict[str, set[str | None]] = {
            "time": {self.time},
            "known_at": {*self.known_at.values()},
            "ignore": {*self.ignore},
            **{content: {*columns} for content, columns in self._contents.items()},
        }
        for role, columns in computed.items():
            for column in self.pii:
                if column in columns:
                    raise ValueError(
                        f"{column!r} is pii, and {role} names it. Leave it out of one of them"
                    )
        return self

    until: End | None = None
    """When the last row that is learned from can have come to be; later ones, mistyped, are set aside."""

    @model_validator(mode="after")
    def _ends_in_time(self) -> "SourceTableSpec":
        if self.until is not None and self.time is None:
            raise ValueError("until: the table has no time. Give it one, or leave until out")
        return self

    @property
    def end(self) -> datetime | None:
        """The instant that `until` means, in UTC: without an offset it is one of the table's clock."""
        if self.until is None:
            return None
        if self.until.tzinfo is not None:
            return self.until.astimezone(UTC).replace(tzinfo=None)
        zone = ZoneInfo(self.time_zone or "UTC")
        readings = (self.until.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return max(readings).replace(tzinfo=None)  # of two readings the later, as for rows


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
