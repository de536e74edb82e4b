"""Malformed lines: a few are set aside, many are refused, since the file is probably read wrongly."""

from collections.abc import Callable

from banian.errors import TableError
from banian.tables.sources.raw_rows import RawRows

_FEW = 5
_MOST = 0.03  # share of the rows


def refuse_malformed(place: str, raw: RawRows) -> None:
    """Refuse a source of which a few percent are no rows, or all.

    Raises:
        TableError: there are so many; it names the first.

    """
    malformed, rows, first = _count(raw)
    if not malformed or (rows and (malformed < _FEW or malformed <= _MOST * (rows + malformed))):
        return
    is_csv = raw.read_as is not None
    read = f" It was read as: {raw.read_as}." if is_csv else ""
    how = ", or say how it is written: delimiter, quote, encoding, header, columns"
    raise TableError(
        f"{place}: {malformed:,} of {rows + malformed:,} rows cannot be read. The first is {first}.{read}",
        remedy=f"Correct the file{how if is_csv else ''}.",
    )


def warn_malformed(table: str, raw: RawRows, warn: Callable[[str], None]) -> None:
    """Warn how many lines are set aside, and which is the first; or that there are no rows."""
    if not raw.rows.count().to_pyarrow().as_py():
        warn(f"tables.{table} has no rows.")
    malformed, rows, first = _count(raw)
    if malformed:
        warn(
            f"tables.{table}: {malformed:,} of {rows + malformed:,} rows cannot be read and are set aside. "
            f"The first is {first}."
        )


def _count(raw: RawRows) -> tuple[int, int, str]:
    """Count the lines that are no rows, and the rows; say where the first such line is, and what it lacks."""
    if raw.malformed is None:
        return 0, 0, ""
    malformed = int(raw.malformed.count().to_pyarrow().as_py())
    if not malformed:
        return 0, 0, ""
    rows = int(raw.rows.count().to_pyarrow().as_py())
    (first,) = raw.malformed.order_by("number").limit(1).to_pyarrow().to_pylist()
    return malformed, rows, f"line {first['number']}: {first['reason']}"
