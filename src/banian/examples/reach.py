"""Up to when the labels of a task are known."""

from dataclasses import dataclass
from datetime import datetime
from typing import final

from banian.spec import TimeSplitSpec


@final
@dataclass(frozen=True)
class Reach:
    """Up to when the labels of one task are known."""

    tables: tuple[str, ...]
    """The tables that decide it: those that its windows read, or that has its label column."""
    until: datetime
    """Time at which the first of them ends, UTC."""
    cutoff: datetime
    """The latest cutoff whose windows end before their tables do, UTC."""

    def __str__(self) -> str:
        return f"it reads {' and '.join(self.tables)}, complete up to {format_instant(self.until)}"


def suggest_earlier_test(split: TimeSplitSpec, latest: datetime) -> str:
    """Give the remedy for a test cutoff after which no label is known: how to write an earlier one, up to `latest`."""
    both = f", with split.valid ({format_instant(split.valid)}) before it"
    return (
        f"Write split.test: {format_instant(latest)} or earlier{both if latest <= split.valid else ''}, "
        "or give the label a shorter window."
    )


def format_instant(at: datetime) -> str:
    """Write an instant as in a spec, rounded down to the minute.

    >>> format_instant(datetime(2024, 3, 1)), format_instant(datetime(2024, 3, 1, 12, 30, 59))
    ('2024-03-01', '2024-03-01T12:30:00')
    """
    text = at.replace(second=0, microsecond=0).isoformat()
    return text.removesuffix("T00:00:00")
