"""Columns that codecs were fitted on, and rows lack."""

from collections.abc import Sequence

from banian.errors import TableError

_MOST_NAMED = 10


def refuse_lacking(grain: str, columns: Sequence[str]) -> None:
    """Refuse rows of a grain that lack columns, if there are such.

    Raises:
        TableError: with their names.

    """
    if columns:
        more = len(columns) - _MOST_NAMED
        names = ", ".join(columns[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        raise TableError(
            f"{grain}: the rows lack {names}, which the model reads.",
            remedy="Build them from the same tables and columns as in training. Where a value is not known, leave it "
            "empty; its column must be there.",
        )
