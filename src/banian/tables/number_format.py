"""Numbers written with a decimal comma, marks between thousands or a unit: read as declared, or noticed by name."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import ibis.expr.types as ir

from banian.schema import ABSENT, ColumnType, times_of
from banian.spec import SourceTableSpec
from banian.tables.engines import POSITION
from banian.tables.sources import RawRows

_UNIT = r"(?:[€$£¥₹₽₩₺₫%]|[A-Z]{3}|R\$|kr|zł|Kč)"
_SPACES = " \u00a0\u202f\t"
_SAME = {" ": _SPACES, "'": "'’"}
"""What else stands for a mark between thousands."""
_PLAIN = re.compile(r"[+-]?\d*\.?\d+")
_MOSTLY = 0.9  # share of the values that must be such numbers
_LOOKED_AT = 100  # rows in which a column must look like numbers before all of it is counted


@final
@dataclass(frozen=True)
class NumberFormat:
    """A way to write numbers."""

    decimal: str
    """Mark before the fraction."""
    thousands: str | None
    """Mark between thousands; None where there is none."""

    @property
    def pattern(self) -> str:
        """Regular expression of numbers so written, with sign and unit; not of 007, which is an id."""
        digits = r"(?:0|[1-9]\d*)"
        if self.thousands is not None:
            between = f"[{re.escape(_SAME.get(self.thousands, self.thousands))}]"
            digits = rf"(?:[1-9]\d{{0,2}}(?:{between}\d{{3}})+|{digits})"
        space, sign = f"[{_SPACES}]*", "[+−-]?"
        return (
            f"^{space}{sign}{space}{_UNIT}?{space}{sign}{digits}(?:{re.escape(self.decimal)}"
            rf"\d+)?{space}{_UNIT}?{space}$"
        )

    def read(self, column: ir.StringColumn) -> ir.StringColumn:
        """Rewrite numbers of this format with a decimal point and nothing else; leave other texts as they are."""
        text = column.re_replace(f"{_UNIT}|[{_SPACES}'’]", "").replace("−", "-")
        if self.thousands is not None:
            text = text.replace(self.thousands, "")
        return column.re_search(self.pattern).ifelse(text.replace(self.decimal, "."), column)


_KINDS = tuple(
    NumberFormat(decimal, thousands)
    for decimal, others in ((",", (None, ".", " ", "'")), (".", (None, ",", " ", "'")))
    for thousands in others
)


def read_number_formats(
    spec: SourceTableSpec, raw: RawRows, known: Mapping[str, ColumnType] | None
) -> RawRows:
    """Read the numbers of columns of text by the marks that the table declares, and notice those it does not.

    A column is read so if nine tenths of its values are such numbers and of one unit, or if it is `known` to hold
    numbers; others stay as they are. Names stay as well: key, links, scene and times.
    """
    names = {spec.key, spec.scene, *spec.links, *times_of(spec)}
    texts = [
        column
        for column in raw.columns
        if column not in names and raw.rows[column].type().is_string()
    ]
    if spec.decimal is not None or spec.thousands is not None:
        marks = NumberFormat(spec.decimal or ".", spec.thousands)
        chosen = (
            [one for one in texts if one in known and known[one].is_number]
            if known is not None
            else [one for one, _ in _counted(raw.rows, dict.fromkeys(texts, marks))]
        )
        if chosen:
            read = {column: marks.read(raw.rows[column]) for column in chosen}
            raw = replace(raw, rows=raw.rows.mutate(**read))
        texts = [column for column in texts if column not in chosen]
    if known is not None or not texts:
        return raw
    return replace(raw, noticed={**raw.noticed, **_notice(raw.rows, texts)})


def say_texts(name: str, rows: ir.Table, columns: Iterable[str], noticed: Mapping[str, int]) -> str:
    """Say of those columns of a table that are texts what they hold, and how to have it read as numbers.

    `noticed` is what was noticed while the table was read. Nothing where none of the columns is a text.
    """
    said = []
    for column in columns:
        if column in rows.columns and rows[column].type().is_string():
            example = rows[column].min().to_pyarrow().as_py()
            looks = f"{column} looks like numbers with "
            marks = [fault.removeprefix(looks) for fault in noticed if fault.startswith(looks)]
            way = f", numbers with {marks[0]} in tables.{name}" if marks else ""
            said.append(f"{column!r} holds texts, for example {example!r}{way}.")
    return " ".join(said)


def _notice(rows: ir.Table, texts: list[str]) -> dict[str, int]:
    """Count the values of columns that look like numbers and are not read as such."""
    count = int(rows.count().to_pyarrow().as_py())
    some = rows.filter(rows[POSITION] % max(1, count // _LOOKED_AT) == 0)
    looked = some.select(texts).limit(_LOOKED_AT).to_pyarrow()
    likely = {column: _likely(looked[column].to_pylist()) for column in texts}
    found = {column: marks for column, marks in likely.items() if marks is not None}
    return {
        f"{column} looks like numbers with {_describe(found[column])}": times
        for column, times in _counted(rows, found)
    }


def _likely(values: list[str | None]) -> NumberFormat | None:
    """Find the marks by which most of some values are numbers, where they are not plain ones."""
    said = [v for v in values if v is not None and v.strip() and v.strip() not in ABSENT]
    odd = [value for value in said if not _PLAIN.fullmatch(value.strip())]
    if not any(character.isdigit() for value in odd[:10] for character in value):
        return None
    for marks in _KINDS:
        pattern = re.compile(marks.pattern)
        if sum(bool(pattern.match(value)) for value in odd) >= _MOSTLY * len(odd) and len(odd) >= (
            1 - _MOSTLY
        ) * len(said):
            return marks
    return None


def _counted(rows: ir.Table, wanted: Mapping[str, NumberFormat]) -> Iterator[tuple[str, int]]:
    """Give the columns of which most values are numbers so written, of one unit, and how many are."""
    counts: dict[str, Any] = {}
    for at, (column, marks) in enumerate(wanted.items()):
        text = rows[column]
        said = text.notnull() & text.strip().notin(ABSENT)
        match = text.re_search(marks.pattern)
        unit = match.ifelse(text, None).re_replace(rf"[{_SPACES}\d.,'’_+−-]", "").nullif("")
        counts |= {
            f"said {at}": said.sum(),
            f"numbers {at}": match.sum(),
            f"first {at}": unit.min(),
            f"last {at}": unit.max(),
        }
    if not counts:
        return
    found = rows.aggregate(**counts).to_pyarrow().to_pylist()[0]
    for at, column in enumerate(wanted):
        numbers = found[f"numbers {at}"] or 0
        mostly = numbers > 0 and numbers >= _MOSTLY * (found[f"said {at}"] or 0)
        if mostly and found[f"first {at}"] == found[f"last {at}"]:
            yield column, int(numbers)


def _describe(marks: NumberFormat) -> str:
    point = "a decimal comma" if marks.decimal == "," else "a unit"
    if marks.thousands is None:
        said = f"decimal: {marks.decimal!r}"
    elif marks.decimal == ",":
        said = f"decimal: ',', thousands: {_quoted(marks.thousands)}"
    else:
        name = "commas" if marks.thousands == "," else "marks"
        point, said = f"{name} between thousands", f"thousands: {_quoted(marks.thousands)}"
    return f"{point}: write {said}"


def _quoted(mark: str) -> str:
    return '"\'"' if mark == "'" else f"'{mark}'"
