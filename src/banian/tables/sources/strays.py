"""Lines that are no rows: a few are set aside, many say that the file is read wrongly."""

from collections.abc import Callable

from banian.errors import TableError
from banian.tables.sources.raw import RawRows

_FEW = 5
_MOST = 0.03  # share of the rows


def refuse_many(place: str, raw: RawRows) -> None:
    """Refuse a source of which a few percent are no rows, or all.

    Raises:
        TableError: there are so many; it names the first.

    """
    strays, rows, first = _count(raw)
    if not strays or (rows and (strays < _FEW or strays <= _MOST * (rows + strays))):
        return
    is_csv = raw.read_as is not None
    read = f" It was read as: {raw.read_as}." if is_csv else ""
    how = ", or say how it is written: delimiter, quote, encoding, header, columns"
    raise TableError(
        f"{place}: {strays:,} of {rows + strays:,} rows cannot be read. The first is {first}.{read}",
        remedy=f"Correct the file{how if is_csv else ''}.",
    )


def say_strays(table: str, raw: RawRows, warn: Callable[[str], None]) -> None:
    """Say how many lines are set aside, and which is the first; or that there are no rows."""
    if not raw.rows.count().to_pyarrow().as_py():
        warn(f"tables.{table} has no rows.")
    strays, rows, first = _count(raw)
    if strays:
        warn(
            f"tables.{table}: {strays:,} of {rows + strays:,} rows cannot be read and are set aside. "
            f"The first is {first}."
        )


def _count(raw: RawRows) -> tuple[int, int, str]:
    """Count the lines that are no rows, and the rows; say where the first such line is, and what it lacks."""
    if raw.malformed is None:
        return 0, 0, ""
    strays = int(raw.malformed.count().to_pyarrow().as_py())
    if not strays:
        return 0, 0, ""
    rows = int(raw.rows.count().to_pyarrow().as_py())
    (first,) = raw.malformed.order_by("number").limit(1).to_pyarrow().to_pylist()
    return strays, rows, f"line {first['number']}: {first['reason']}"
