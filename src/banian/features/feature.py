"""A feature as a value: who it describes, which column of which rows it was made from, how, and when that was known."""

from dataclasses import dataclass
from typing import Literal, cast, final, get_args

from banian.features.path import EventPath
from banian.spec import AT_ROW, Availability, Content, SemanticType

Span = Literal["7d", "30d", "90d", "all"]
"""How far back a statistic looks from the ask."""

AGE = ".age"
"""How the name of a feature ends that a date becomes."""
GAP = "gap.days"
"""What a sequence says of an event beside its columns: the days since the event before."""


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


@final
@dataclass(frozen=True)
class Feature:
    """One number or text that is known of an entity when it is asked about.

    Args:
        entity: the table or derived entity that it describes.
        statistic: what is made of the values: `value` takes the one that there is, `count` needs no column.
        column: the column that the values stand in; none where only rows, and their times, count.
        time: the time column of the rows; none in a static table.
        path: how the rows reach the entity; none where it is the entity's own row.
        span: how far back the statistic looks; none where it is about single values.
        known: when a value is known, beside its row.
        semantic: what the values are.

    >>> path = EventPath("lines", "lines", "customer")
    >>> Feature("customers", "mean", "amount", "at", path, "30d").name
    'lines.amount.mean.30d'

    """

    entity: str
    statistic: str
    column: str | None = None
    time: str | None = None
    path: EventPath | None = None
    span: Span | None = None
    known: Availability = AT_ROW
    semantic: SemanticType = "number"

    @property
    def name(self) -> str:
        """The name that people read; no code takes it apart."""
        match self.statistic:
            case "value" | "event":
                inner = self.column or GAP
            case "age":
                inner = f"{self.column}{AGE}"
            case "hour" | "weekday":
                return f"time.{self.statistic}"
            case "relative":
                return f"{self.column}.relative.{self._path.link}"
            case _:
                parts = (self.column, self.statistic, self.span)
                inner = ".".join(part for part in parts if part is not None)
        return inner if self.path is None else f"{self.path.name}.{inner}"

    @property
    def content(self) -> Content | None:
        """What an encoder of its own reads of it; none of numbers, names and what only counts values."""
        if self.statistic in ("value", "event") and self.semantic in get_args(Content):
            return cast("Content", self.semantic)
        return None

    @property
    def origin(self) -> Origin:
        """The raw column that it was made from; what only counts rows, or times them, comes from their time."""
        if self.path is None or self.statistic == "relative":
            return Origin(self.entity, self.column or self.time)
        return Origin(self.path.table, self.column or self.time)

    @property
    def meaning(self) -> str:
        """Say in one line what it is.

        >>> path = EventPath("lines via products", "lines", "product", "products", "merchant")
        >>> Feature("merchants", "gap.1", time="at", path=path).meaning
        'days of the newest gap between moments with events of lines via products'
        """
        match self.statistic:
            case "value" if self.path is not None:
                return f"{self.column} in {self.path.name} of the {self.entity}"
            case "age" if self.path is not None:
                return (
                    f"days from {self.column} in {self.path.name} of the {self.entity} to the ask"
                )
            case "relative":
                usual = f"the mean {self.column} of its {self._path.link} before"
                return f"{self.column} of the row, divided by {usual}"
        text = _MEANINGS[self.statistic] if self.column is None else _OF_COLUMNS[self.statistic]
        events = self.entity if self.path is None else self.path.name
        text = text.format(column=self.column, events=events, entity=self.entity)
        return text if self.span is None else f"{text} {_SPANS[self.span]}"

    @property
    def _path(self) -> EventPath:
        assert self.path is not None, f"{self.statistic} reaches the entity by a link"
        return self.path


_SPANS: dict[Span, str] = {
    "7d": "in the last 7 days",
    "30d": "in the last 30 days",
    "90d": "in the last 90 days",
    "all": "so far",
}
_BACK = {1: "newest", 2: "second newest", 3: "third newest"}
_MEANINGS = {
    "count": "number of events of {events}",
    "count.fading": "events of {events} per 30 days, months back counting half each",
    "count.trend": "events of {events}: last 30 days against the 30 before, -1 to 1",
    "recency": "days since the newest event of {events}",
    "tenure": "days since the first event of {events}",
    "gap.mean": "mean of the days between moments with events of {events}",
    "gap.std": "standard deviation of the days between moments with events of {events}",
    "gap.due": "days since the newest event of {events}, divided by the mean gap between them",
    **{
        f"gap.{back}": f"days of the {which} gap between moments with events of {{events}}"
        for back, which in _BACK.items()
    },
    "hour": "hour of the day at which the row came to be",
    "weekday": "day of the week on which the row came to be, from Monday, 0",
    "event": "days since the event of {events} before, in a sequence",
}
_OF_COLUMNS = {
    "value": "{column} of the {entity} row",
    "age": "days from {column} of the {entity} row to the ask",
    "event": "{column} of an event of {events}, in a sequence",
    "sum": "sum of {column} over the events of {events}",
    "sum.fading": "sum of {column} per 30 days over the events of {events}, months back counting half each",
    "sum.trend": "sum of {column} over the events of {events}: last 30 days against the 30 before, -1 to 1",
    "mean": "mean of {column} over the events of {events}",
    "distinct": "number of different values of {column} among the events of {events}",
    "min": "smallest {column} among all events of {events}",
    "max": "largest {column} among all events of {events}",
    "std": "standard deviation of {column} over all events of {events}",
    "negative": "share of negative {column} among all events of {events}",
    **{
        f"last.{back}": f"{{column}} of the {which} event of {{events}} that has one"
        for back, which in _BACK.items()
    },
}
