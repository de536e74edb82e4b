"""How many rows came into a store."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Appended:
    """What became of rows that were brought to a store.

    Args:
        added: came behind the stored ones.
        replaced: took the place of a stored one, whose key they have.
        aside: could not be used, and lie in RUN/store.quarantine.parquet with the reason.

    """

    added: int
    replaced: int
    aside: int = 0

    def __add__(self, other: "Appended") -> "Appended":
        """Count what became of rows and of others."""
        return Appended(
            self.added + other.added, self.replaced + other.replaced, self.aside + other.aside
        )


NOTHING_APPENDED = Appended(0, 0)
"""Of no rows."""
