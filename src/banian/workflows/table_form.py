"""The forms in which a table is written: Parquet, CSV, JSON lines."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, assert_never, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from banian.errors import TableError
from banian.storage import is_stream, strict_json

TableForm = Literal["parquet", "csv", "jsonl"]
_ENDINGS: dict[str, TableForm] = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl"}
_ROWS = 10_000  # of JSON at once
_SECONDS = pa.timestamp("s")


@final
@dataclass(frozen=True)
class TableParts:
    """A table of which one part is in memory at a time.

    Args:
        schema: The columns of every part.
        read: Gives the parts in their order, as often as it is called.

    """

    schema: pa.Schema
    read: Callable[[], Iterable[pa.Table]]

    @classmethod
    def of(cls, table: pa.Table) -> "TableParts":
        """Take a table that is in memory for its own only part."""
        return cls(table.schema, lambda: [table])

    def whole(self) -> pa.Table:
        """Read all parts into memory."""
        return pa.concat_tables([*self.read(), self.schema.empty_table()])


def form_of(path: Path) -> TableForm:
    """Say in which form a path is written: what its ending names; CSV into a device or pipe without such an ending.

    Raises:
        TableError: the ending names no form, or there is a folder.

    >>> form_of(Path("new.jsonl")), form_of(Path("/dev/null"))
    ('jsonl', 'csv')

    """
    form = _ENDINGS.get(path.suffix.lower())
    if path.is_dir():
        raise TableError(
            f"Cannot write {path}: Is a directory.", remedy=f"Name a file: {path / 'new.parquet'}"
        )
    if form is None and not is_stream(path):
        ending = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        if path.name.lower() in _ENDINGS:
            raise TableError(
                f"{path} is an ending without a name before it.",
                remedy=f"Write one, such as {path.with_name('predictions' + path.name)}.",
            )
        raise TableError(
            f"{path} {ending}, which names no form of a table.",
            remedy=f"Write {', '.join(_ENDINGS)}, or - for CSV on standard output.",
        )
    return form or "csv"


def write_form(parts: TableParts, file: Any, form: TableForm) -> None:  # noqa: ANN401 -- open for bytes
    """Write a table part by part; in CSV lists are JSON text, and in both texts times are ISO 8601."""
    match form:
        case "parquet":
            with pq.ParquetWriter(file, parts.schema) as writer:
                for part in parts.read():
                    writer.write_table(part)
        case "csv":
            fractions = _with_fractions(parts)
            with csv.CSVWriter(file, _flat(parts.schema.empty_table(), fractions).schema) as writer:
                for part in parts.read():
                    writer.write_table(_flat(part, fractions))
        case "jsonl":
            fractions = _with_fractions(parts)
            for part in parts.read():
                for batch in _times_as_text(part, fractions).to_batches(max_chunksize=_ROWS):
                    lines = (strict_json(_plain(row)) for row in batch.to_pylist())
                    file.write("".join(f"{line}\n" for line in lines).encode())
        case _:
            assert_never(form)


def _flat(table: pa.Table, fractions: Set[str]) -> pa.Table:
    """Make of every column one that a line can hold."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_nested(column.type):
            texts = [
                None if value is None else strict_json(_plain(value))
                for value in column.to_pylist()
            ]
            column = pa.array(texts, pa.string())
        columns[name] = column
    return _times_as_text(pa.table(columns), fractions)


def _times_as_text(table: pa.Table, fractions: Set[str]) -> pa.Table:
    """Write the times of a column alike: all with fractions of a second, or none."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            times = table.column(place)
            if field.name not in fractions:
                times = times.cast(_SECONDS, safe=False)
            table = table.set_column(place, field.name, pc.cast(times, pa.string()))
    return table


def _with_fractions(parts: TableParts) -> frozenset[str]:
    """Find the columns of times of which one has a fraction of a second."""
    times = [field for field in parts.schema if pa.types.is_timestamp(field.type)]
    found: set[str] = set()
    for part in parts.read() if times else ():
        for field in times:
            exact = part[field.name]
            whole = exact.cast(_SECONDS, safe=False).cast(field.type)
            if pc.all(pc.equal(whole, exact)).as_py() is False:
                found.add(field.name)
    return frozenset(found)


def _plain(value: Any) -> Any:  # noqa: ANN401
    match value:
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case datetime():
            return value.isoformat(sep=" ")
        case _:
            return value
