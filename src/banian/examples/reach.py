"""How far the labels of a task are known."""

from dataclasses import dataclass
from datetime import datetime
from typing import final

from banian.spec import TimeSplitSpec


@final
@dataclass(frozen=True)
class Reach:
    """How far the labels of one task are known."""

    tables: tuple[str, ...]
    """The tables that say so: those that its windows read, or that its label column stands in."""
    until: datetime
    """Where the first of them ends."""
    cutoff: datetime
    """The latest moment of asking whose windows are over by the ends of their tables."""

    def __str__(self) -> str:
        return f"it reads {' and '.join(self.tables)}, complete up to {format_instant(self.until)}"


def suggest_earlier_test(split: TimeSplitSpec, latest: datetime) -> str:
    """Say what to write so that the test cutoff leaves labels."""
    both = f", with split.valid ({format_instant(split.valid)}) before it"
    return (
        f"Write split.test: {format_instant(latest)} or earlier{both if latest <= split.valid else ''}, "
        "or give the label a shorter window."
    )


def format_instant(at: datetime) -> str:
    """Write an instant as one writes it in a spec, to the minute before it.

    >>> format_instant(datetime(2024, 3, 1)), format_instant(datetime(2024, 3, 1, 12, 30, 59))
    ('2024-03-01', '2024-03-01T12:30:00')
    """
    text = at.replace(second=0, microsecond=0).isoformat()
    return text.removesuffix("T00:00:00")
