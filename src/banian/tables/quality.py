"""What was found in a raw table, counted."""

from dataclasses import asdict, dataclass, field
from typing import Any, final


@final
@dataclass(frozen=True)
class TableReport:
    """How many rows came in, how many stayed, and what was noticed in them."""

    read: int
    """Rows in the file."""
    kept: int
    """Rows that the stages after this one see."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Reason → rows in quarantine."""
    noticed: dict[str, int] = field(default_factory=dict)
    """Fault that does not cost the row → how often."""
    first: str | None = None
    """Time of the earliest row kept, of those that do not lie far before all others."""
    last: str | None = None
    """Time of the latest row kept, of those that do not lie far after all others: so far the table reaches."""
    dates_only: bool = False
    """Whether every row kept is of midnight: the file says the day, not the hour."""
    read_as: str | None = None
    """How a text file was read: what stands between and around its values, and its encoding."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)
