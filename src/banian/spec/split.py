"""Which rows train, which select, which judge."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Any, final

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, model_validator

from banian.spec.base import AbstractSpec
from banian.spec.duration import Duration


def _instant(value: object) -> datetime:
    if isinstance(value, str):
        with suppress(ValueError):  # said below, with an example
            value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    raise ValueError(f"{value!r} is not a time. Write one like 2011-09-10 or 2011-09-10T12:00:00.")


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(lambda at: at.isoformat(), return_type=str),
]
"""A time without zone, in UTC."""


@final
class TimeSplitSpec(AbstractSpec):
    """Labels that matured before `valid` train, those before `test` select, later ones judge."""

    valid: Instant
    """First validation cutoff."""
    test: Instant
    """The test cutoff."""
    stride: Duration | None = None
    """Time between training cutoffs; a third of the shortest horizon of the grain if left out."""
    history: Duration | None = None
    """What must lie before the first training cutoff; the grain's shortest horizon, at most 30 days, if left out."""

    @model_validator(mode="after")
    def _in_order(self) -> "TimeSplitSpec":
        if self.valid >= self.test:
            raise ValueError(f"valid ({self.valid}) must lie before test ({self.test})")
        return self


@final
class IdSplitSpec(AbstractSpec):
    """Rows with the same value of a column stay together; for tables that carry no time."""

    by: str
    """`id` (the key, or the whole row where there is none) or the name of a column."""
    valid: float = Field(default=0.15, gt=0, lt=1)
    """Share that selects."""
    test: float = Field(default=0.15, gt=0, lt=1)
    """Share that judges."""

    @model_validator(mode="after")
    def _leaves_something(self) -> "IdSplitSpec":
        if self.valid + self.test >= 1:
            raise ValueError("valid and test leave nothing to train on: their sum must be below 1")
        return self


def _which(value: Any) -> str:  # noqa: ANN401
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "id" if "by" in keys else "time"


SplitSpec = Annotated[
    Annotated[TimeSplitSpec, Tag("time")] | Annotated[IdSplitSpec, Tag("id")],
    Discriminator(_which),
]
