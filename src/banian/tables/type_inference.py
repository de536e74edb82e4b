"""Infer the type of each column from counts of all its values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.schema import ColumnType
from banian.tables.casts import DIGITS, MOST_DIGITS
from banian.tables.engines import POSITION, AbstractEngine
from banian.tables.meanings import find_texts
from banian.tables.names import are_whole, is_na_a_name
from banian.tables.value_counts import ValueCounts, count_names, count_values, is_whole

_TOLERATED = 0.01  # share of values that may contradict the type of the others, or lose digits
_KEPT = 6  # digits of a number, from its first, that rounding it to a decimal must leave
_SPARE = 10  # digits left free in an exact sum, for many rows
_NOUNS = {
    "whole": "a number",
    "decimal": "a number",
    "float": "a number",
    "boolean": "true or false",
    "time": "a time",
}


@final
@dataclass(frozen=True)
class Inferred:
    """The types of a table's columns."""

    types: dict[str, ColumnType]
    """Sorted by name."""
    noticed: dict[str, int]
    """What was strange about the values of a column → how many there are."""


def infer_types(
    engine: AbstractEngine,
    table: ir.Table,
    *,
    times: Mapping[str, str | None],
    names: Collection[str] = (),
    form: str | None = None,
    known: Mapping[str, ColumnType] | None = None,
) -> Inferred:
    """Infer each column's type from its values.

    `times` maps the columns declared as instants to how they are written; `names` are keys and links; `form`
    is how the table's times are written, which its other dates may be too. Where types are `known` from training, they
    say only what a column is, a number, a text, a truth value or a time: how numbers are held follows from the values.

    A column of text is a number, or a date, if at most 1 % of its values are not; those few count as absent. Whether it
    holds sentences is said by the values of training alone.
    """
    types: dict[str, ColumnType] = {}
    unclear: list[str] = []
    named: list[str] = []
    for column, dtype in table.schema().items():
        fixed = None if known is None else known.get(column)
        if column == POSITION or (known is not None and fixed is None):
            continue
        if column in times:
            types[column] = ColumnType("time", form=times[column])
        elif column in names:
            named.append(column)
        elif (clear := _clear(dtype, fixed)) is not None:
            types[column] = clear
        else:
            unclear.append(column)
    noticed: dict[str, int] = {}
    schema = table.schema()
    for column, found in count_names(engine, table, named).items():
        types[column] = _name_type(found, schema[column])
        nobody = found["nobody"] + (0 if is_na_a_name(found) else found["maybe"])
        noticed[
            f"{column} is a word for nobody, such as nan, NULL or None, and counts as missing"
        ] = nobody
    floats = [
        column
        for column in unclear
        if schema[column].is_floating() and (known is None or known[column].is_number)
    ]
    for column, counts in count_values(engine, table, unclear, form, floats).items():
        fixed = None if known is None else known[column]
        raw = schema[column]
        types[column] = _infer_type(counts, raw, form) if fixed is None else _refine(counts, fixed)
        noticed |= _faults(column, types[column], counts, raw)
    if known is None:
        plain = [c for c, kind in types.items() if kind.kind == "text" and not kind.is_name]
        types |= {c: replace(types[c], semantic="text") for c in find_texts(engine, table, plain)}
    else:
        types = {c: replace(kind, semantic=known[c].semantic) for c, kind in types.items()}
    strange = [column for column, kind in types.items() if kind.kind == "other"]
    for column, said in _count_strange(table, strange).items():
        what = _what(schema[column])
        noticed[f"{column} holds {what}, of which no feature is made"] = said
    return Inferred(
        {column: types[column] for column in sorted(types)},
        {fault: times for fault, times in sorted(noticed.items()) if times},
    )


def _clear(dtype: dt.DataType, fixed: ColumnType | None) -> ColumnType | None:
    """Give the type that follows from how the source declares a column; none where its values decide."""
    kind: ColumnType | None = None
    if dtype.is_string() or dtype.is_floating() or dtype.is_decimal() or dtype.is_uint64():
        return ColumnType("text") if fixed is not None and fixed.kind == "text" else None
    if dtype.is_boolean():
        kind = ColumnType("boolean")
    elif dtype.is_integer():
        kind = ColumnType("whole")
    elif dtype.is_timestamp() or dtype.is_date():
        kind = ColumnType("time")
    elif dtype.is_uuid() or dtype.is_json():
        kind = ColumnType("text")
    else:
        return ColumnType("other")
    if fixed is None or fixed.kind == kind.kind:
        return kind
    if fixed.kind == "text" or (fixed.is_number and kind.kind in ("whole", "boolean")):
        return ColumnType("text" if fixed.kind == "text" else "whole")
    return None


def _name_type(found: Mapping[str, Any], raw: dt.DataType) -> ColumnType:
    if is_whole(raw):
        return ColumnType("whole", is_name=True)
    counted = dict(found)
    if are_whole(counted):  # where there are none, they compare with whatever they link to
        return ColumnType("whole", is_name=True)
    return ColumnType("text", is_name=True, na_is_name=is_na_a_name(counted))


def _infer_type(found: ValueCounts, raw: dt.DataType, form: str | None) -> ColumnType:
    said, allowed = found.said, _TOLERATED * found.said
    if raw.is_string() and found.truths == said > 0:
        return ColumnType("boolean")
    if raw.is_string() and said - found.dates <= allowed and said > 0:
        return ColumnType("time")
    is_text = found.padded or said - found.numbers > allowed
    if not raw.is_floating() and is_text:
        if raw.is_string() and said > 0 and said - found.formed <= allowed:
            return ColumnType("time", form=form)
        return ColumnType("text")
    if found.numbers == 0:
        return ColumnType("text" if raw.is_string() else "decimal")
    return _number_type(found)


def _refine(found: ValueCounts, known: ColumnType) -> ColumnType:
    """Choose how to hold a column whose kind is known: numbers as whole, decimal or float, by their values."""
    if not known.is_number or known.semantic in ("category", "id"):
        return known
    return _number_type(found) if found.numbers else known


def _number_type(found: ValueCounts) -> ColumnType:
    whole_digits = len(str(int(found.largest)))
    room = max(0, DIGITS - whole_digits)
    if not found.has_fractions and found.largest < 2.0**63:
        return ColumnType("whole")
    scale = max(found.decimals.values(), default=0)
    if scale <= room and scale < DIGITS:
        return ColumnType("decimal", scale=scale)
    lost = sum(
        count
        for power, count in found.nonzero.items()
        if found.decimals[power] > room and power + room < _KEPT - 1
    )
    if whole_digits <= DIGITS and lost <= _TOLERATED * sum(found.nonzero.values()):
        return ColumnType("decimal", scale=min(scale, room))
    return ColumnType("float", scale=max(0, MOST_DIGITS - _SPARE - whole_digits))


def _faults(column: str, kind: ColumnType, found: ValueCounts, raw: dt.DataType) -> dict[str, int]:
    if kind.kind == "text":
        others = found.said - found.numbers
        is_spoiled = raw.is_string() and not found.padded and 0 < others < found.numbers
        fault = f"{column} is text, for so many of its values are no numbers"
        return {fault: others} if is_spoiled else {}
    fits = {"boolean": found.booleans, "time": found.dates if kind.form is None else found.formed}
    others = found.there - fits.get(kind.kind, found.numbers)
    return {unreadable_as(column, kind): others}


def unreadable_as(column: str, kind: ColumnType) -> str:
    """Name the fault of values that cannot be read as the type of their column.

    >>> unreadable_as("age", ColumnType("whole"))
    'age is not a number'
    """
    return f"{column} is not {_NOUNS.get(kind.kind, 'readable')}"


def _count_strange(table: ir.Table, columns: list[str]) -> dict[str, int]:
    if not columns:
        return {}
    counts = {f"{at}": table[column].count() for at, column in enumerate(columns)}
    found = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return {column: int(found[f"{at}"]) for at, column in enumerate(columns)}


def _what(dtype: dt.DataType) -> str:
    if dtype.is_array():
        return "lists"
    if dtype.is_struct() or dtype.is_map():
        return "structs"
    if dtype.is_time():
        return "times of day"
    return "bytes" if dtype.is_binary() else str(dtype)
