"""Asks out of a file: Parquet, CSV, or JSON lines, also from standard input."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from banian.errors import AskError
from banian.storage import reason_of

STANDARD_INPUT = Path("-")
_SEPARATORS = ";\t|"
"""What other programs write between values where CSV has a comma."""
_LINES = (".jsonl", ".ndjson", ".json")


def read_ask_file(path: Path) -> tuple[Any, bool]:
    """Read asks; say as well whether their values are all texts, since the file knows nothing else.

    `-` is JSON lines on standard input. A file of JSON may be a list of asks as well.

    Raises:
        AskError: it cannot be read, or its ending names no such form.

    """
    if path == STANDARD_INPUT:
        return _read_json(sys.stdin, "standard input"), False
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            return pq.read_table(path), False
        if ending == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return list(_read_csv(file, path)), True
        if ending in _LINES:
            with path.open(encoding="utf-8-sig") as file:
                return _read_json(file, str(path)), False
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise AskError(
            f"Cannot read asks from {path}: {reason_of(error)}.",
            remedy="Give a file of asks, or - for JSON lines on standard input.",
        ) from None
    raise AskError(
        f"{path} ends in {ending!r}, which names no form of asks.",
        remedy=f"Write .parquet, .csv, {', '.join(_LINES)}, or - for JSON lines on standard input.",
    )


def _read_csv(file: IO[str], path: Path) -> Iterator[dict[str, str]]:
    rows = csv.reader(file, strict=True)
    names = next(rows, [])
    if len(names) == 1 and (other := next((one for one in _SEPARATORS if one in names[0]), None)):
        raise AskError(
            f"{path} has one column, {names[0]!r}: its values seem to be separated by {other!r}.",
            remedy="Separate them by commas.",
        )
    for twice in (name for name in names if names.count(name) > 1):
        raise AskError(f"{path} has two columns {twice!r}.", remedy="Rename or drop one.")
    for row in rows:
        if row and len(row) != len(names):
            raise AskError(
                f"{path}, line {rows.line_num}: {len(row)} values, and the header names {len(names)} columns.",
                remedy="Quote values that hold a comma.",
            )
        if row:
            yield dict(zip(names, row, strict=True))


def _read_json(file: IO[str], where: str) -> list[Any]:
    asks: list[Any] = []
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        if not asks and line.lstrip().startswith("["):
            return _parse(line + file.read(), f"{where}, line {number}", list)
        asks.append(_parse(line, f"{where}, line {number}", dict))
    return asks


def _parse(text: str, where: str, kind: type) -> Any:  # noqa: ANN401
    try:
        found = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except RecursionError:
        raise AskError(f"{where} is nested too deep to be read.", remedy=_REMEDY) from None
    except ValueError as error:
        raise AskError(f"{where} is not JSON: {error}.", remedy=_REMEDY) from None
    if not isinstance(found, kind):
        raise AskError(f"{where} is {type(found).__name__}, not an ask.", remedy=_REMEDY)
    return found


_REMEDY = 'Write one ask to a line: {"task": TASK, "KEY": VALUE, "at": TIME}'


def _refuse_twice(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"it has {name!r} twice")
        found[name] = value
    return found


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON; write null where there is no value")
