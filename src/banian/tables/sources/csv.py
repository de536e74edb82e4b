"""CSV and its kin, also gzipped: read by DuckDB in a dialect that is decided here, every value as text."""

import codecs
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO, final

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
from typing_extensions import override

from banian.errors import TableError
from banian.spec import SourceTableSpec
from banian.storage import sum_of
from banian.tables.engines import AbstractEngine, DuckDB, literal_path
from banian.tables.sources.base import AbstractSource
from banian.tables.sources.csv_format import CsvFormat, detect_format, open_lines
from banian.tables.sources.csv_records import read_records, row_of
from banian.tables.sources.files import is_gzip
from banian.tables.sources.raw_rows import RawRows
from banian.tables.sources.text import MalformedLine
from banian.tables.sources.text_encoding import TextFacts, inspect_text

_SHOWN = 10_000  # characters of a line that is set aside
_INNER = 3  # line breaks within a value from which it is looked at line by line
_MALFORMED = pa.schema([("number", pa.int64()), ("line", pa.string()), ("reason", pa.string())])
_REJECTS = """
SELECT min(line), min(csv_line), min(error_message), max(error_type NOT IN ('MISSING COLUMNS', 'TOO MANY COLUMNS')),
    regexp_extract(min(error_message), 'Found: ([0-9]+)', 1)
FROM "{rejects}" GROUP BY line ORDER BY line
"""


@final
class CsvFile(AbstractSource):
    """A file of lines and delimiters; what `declared` leaves open is found in its first lines.

    DuckDB reads it where it lies if it is UTF-8 with line breaks of one kind, and nothing in it is amiss with quotes.
    Else a copy is made, line by line: UTF-8, LF, and without the lines that are no rows.

    Args:
        path: The file, gzipped or not.
        declared: The table's spec: delimiter, quote, encoding, header and columns, as far as declared.

    """

    def __init__(self, path: Path, declared: SourceTableSpec) -> None:
        self._path, self._declared = path, declared

    @override
    def read(self, engine: AbstractEngine, name: str, ignore: frozenset[str]) -> RawRows:
        encoding = self._declared.encoding or "utf-8"
        found = None
        if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
            encoding, found = "utf-8-sig", inspect_text(self._path)
        form = detect_format(self._path, self._declared, encoding)
        reader = engine.reader
        kept = [column for column in form.columns if column not in ignore]
        if not kept:
            raise TableError(
                "There are no columns to read.", remedy="Leave one of them out of ignore."
            )
        read = None if found is None else self._read_in_place(reader, form, kept, found)
        rows, malformed = read or self._read_copy(reader, form, kept)
        ignored = tuple(column for column in form.columns if column in ignore)
        return RawRows(
            engine.take(reader.number(rows)),
            engine.load(iter([_as_batch(malformed)]), _MALFORMED) if malformed else None,
            ignored,
            str(form),
        )

    @override
    def sum(self) -> str:
        return sum_of(self._path)

    def _read_in_place(
        self, reader: DuckDB, form: CsvFormat, kept: list[str], found: TextFacts
    ) -> tuple[ir.Table, list[MalformedLine]] | None:
        """Read the file itself; None where line breaks or quotes ask for a closer look."""
        if not found.same_ends or found.undecodable or form.header > 1 or len(form.columns) == 1:
            return None
        packed = "gzip" if is_gzip(self._path) else "none"
        try:
            rows, malformed = _scan(
                reader, self._path, form, kept, header=form.header == 1, packed=packed
            )
        except duckdb.InvalidInputException:  # its parser lost the thread
            return None
        read = int(rows.count().to_pyarrow().as_py()) + len(malformed) + form.header
        has_breaks = found.lines > read  # or blank lines
        quote = form.dialect.quote
        if malformed and (
            has_breaks or any(quote and quote in (one.line or "") for one in malformed)
        ):
            return None
        if any(one.reason == "" for one in malformed) or (
            has_breaks and (len(kept) < len(form.columns) or _most_breaks(rows) > _INNER)
        ):
            return None
        return rows, malformed

    def _read_copy(
        self, reader: DuckDB, form: CsvFormat, kept: list[str]
    ) -> tuple[ir.Table, list[MalformedLine]]:
        """Read a copy that holds the rows alone."""
        with tempfile.TemporaryDirectory(prefix="banian-") as folder:
            copy = Path(folder) / "rows.csv"
            with open_lines(self._path, form.encoding) as lines, _new_text(copy) as to:
                malformed = _copy_rows(lines, form, to)
            rows, others = _scan(
                reader, copy, form, kept, header=False, packed="none", new_line="\\n"
            )
            unknown = (
                MalformedLine(0, one.line, one.reason or "it cannot be read") for one in others
            )
            return rows, [*malformed, *unknown]


def _new_text(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _copy_rows(lines: Iterable[str], form: CsvFormat, to: TextIO) -> list[MalformedLine]:
    """Write the rows without header; give the lines that are none."""
    width, malformed = len(form.columns), []
    for record in read_records(lines, form.dialect, width):
        if record.number <= form.header:
            continue
        if isinstance(record, MalformedLine):
            malformed.append(replace(record, line=_legible(record.line or "")))
            continue
        row = row_of(record, width, form.dialect)
        if row is None:
            reason = f"it has {record.values} values, not {width}"
        elif not _is_unicode(row):
            reason = "it is not UTF-8"
        else:
            to.write(f"{row}\n")
            continue
        malformed.append(MalformedLine(record.number, _legible(record.text), reason))
    return malformed


def _scan(
    reader: DuckDB,
    path: Path,
    form: CsvFormat,
    kept: list[str],
    *,
    header: bool,
    packed: str,
    new_line: str | None = None,
) -> tuple[ir.Table, list[MalformedLine]]:
    """Read a file with every option given, so that none is guessed; lines rejected for their quotes get no reason."""
    table, scan, rejects = map(ibis.util.gen_name, ("csv", "scan", "rejects"))
    columns = ", ".join(f"{_text(column)}: 'VARCHAR'" for column in form.columns)
    options = {
        "auto_detect": "false",
        "columns": f"{{{columns}}}",
        "header": str(header).lower(),
        "delim": _text(form.dialect.delimiter),
        "quote": _text(form.dialect.quote),
        "escape": _text(form.dialect.escape),
        "comment": "''",
        "compression": _text(packed),
        "encoding": "'utf-8'",
        "strict_mode": "true",
        "null_padding": "false",
        "hive_partitioning": "false",
        "ignore_errors": "true",
        "store_rejects": "true",
        "rejects_scan": _text(scan),
        "rejects_table": _text(rejects),
    }
    if new_line is not None:
        options["new_line"] = _text(new_line)
    said = ", ".join(f"{option} = {value}" for option, value in options.items())
    place = _text(literal_path(path))
    backend = reader.backend
    chosen = ", ".join(map(reader.quote, kept))
    backend.raw_sql(f'CREATE TABLE "{table}" AS SELECT {chosen} FROM read_csv({place}, {said})')
    width = len(form.columns)
    malformed = [
        MalformedLine(number, line, "" if is_other else f"it has {values} values, not {width}")
        for number, line, _, is_other, values in backend.raw_sql(
            _REJECTS.format(rejects=rejects)
        ).fetchall()
    ]
    return reader.table(table, dict.fromkeys(kept, dt.string)), malformed


def _most_breaks(rows: ir.Table) -> int:
    """Count the line breaks of the value that has most."""
    breaks = {
        f"b{at}": (rows[c].length() - rows[c].re_replace(r"\r\n|\r|\n", "").length()).max()
        for at, c in enumerate(rows.columns)
    }
    found = rows.aggregate(**breaks).to_pyarrow().to_pylist()[0]
    return max((count or 0 for count in found.values()), default=0)


def _as_batch(malformed: list[MalformedLine]) -> pa.RecordBatch:
    rows: list[tuple[Any, ...]] = [
        (one.number or None, (one.line or "")[:_SHOWN], one.reason) for one in malformed
    ]
    values = zip(*rows, strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(values, _MALFORMED.types, strict=True)]
    return pa.record_batch(arrays, schema=_MALFORMED)


def _is_unicode(text: str) -> bool:
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _legible(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
