"""The raw rows of a source, whatever its kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import final

import ibis.expr.types as ir

from banian.errors import TableError
from banian.schema import RESERVED
from banian.tables.engines import POSITION


@final
@dataclass(frozen=True)
class RawRows:
    """Rows as they lie in the source, in an engine, with POSITION; columns to be ignored never came in."""

    rows: ir.Table
    """The rows, with POSITION."""
    malformed: ir.Table | None = None
    """Lines that are no rows at all, each once: columns number, line, reason."""
    ignored: tuple[str, ...] = ()
    """The columns that were there and were left out."""
    read_as: str | None = None
    """How a text file was read: what stands between and around its values, and its encoding."""
    noticed: Mapping[str, int] = field(default_factory=dict)
    """Fault that does not cost the row → how often."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the source's own columns."""
        return tuple(column for column in self.rows.columns if column != POSITION)


def check_names(columns: Iterable[str]) -> None:
    """Check that the names of a source's columns can be told apart, and that none is reserved.

    Raises:
        TableError: two differ only in case, one is empty, or one is taken.

    """
    folded: dict[str, str] = {}
    for at, column in enumerate(columns, start=1):
        if not column.strip():
            raise TableError(
                f"Column {at} has no name.",
                remedy="Give every column a name, in the file or by columns: [NAME, …] in the spec, or leave those "
                "without one out of the export.",
            )
        if column.casefold() in folded:
            raise TableError(
                f"Columns {folded[column.casefold()]!r} and {column!r} have one name, or differ only in case.",
                remedy="Rename one of them.",
            )
        folded[column.casefold()] = column
        if column.casefold().startswith(RESERVED):
            raise TableError(
                f"There is a column {column!r}, and such names are taken.",
                remedy=f"Rename it: no column may begin with {RESERVED!r}.",
            )
