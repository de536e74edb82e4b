"""What the columns of a table looked like, in few numbers: what a bundle remembers of its training tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final


@final
@dataclass(frozen=True)
class ColumnProfile:
    """One column: how much of it is known, and which values it has."""

    known: float
    """Share of the rows that have a value."""
    ends: tuple[float, float] | None = None
    """Of numbers: the least and the largest."""
    middle: tuple[float, float] | None = None
    """Of numbers: between which nine of ten lie."""
    frequent: frozenset[str] = frozenset()
    """Of texts: the most frequent ones, hashed, at most 256; none where they hold less than half of the rows."""
    covered: float = 0.0
    """Share of the known texts that are among them."""
    dates: tuple[float, float] | None = None
    """Of times: the earliest and the latest, in days since 1970."""
    ages: tuple[float, float] | None = None
    """Of times: how many days before the data end the latest and the earliest lie; negative where they lie ahead."""
    ahead: float = 0.0
    """Share of the known times that lie after the data end."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {**vars(self), "frequent": sorted(self.frequent)}

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "ColumnProfile":
        """Read what `to_dict` gave, from JSON."""
        pairs = {
            name: tuple(tree[name])
            for name in ("ends", "middle", "dates", "ages")
            if tree.get(name) is not None
        }
        return cls(**{**tree, **pairs, "frequent": frozenset(tree["frequent"])})


TableProfile = Mapping[str, ColumnProfile]
"""Column → what it looked like."""
