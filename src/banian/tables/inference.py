"""What the columns of a table hold, inferred from all of their values in one pass.

Every value that is there becomes a row of its own, and one aggregate counts for all columns at once what their types
depend on, by column and power of ten: so thousands of columns cost little more than their values do.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.tables.column import DIGITS, MOST_DIGITS, ColumnType, read_number
from banian.tables.engines import NAME, POSITION, VALUE, AbstractEngine
from banian.tables.instants import read_instant
from banian.tables.names import are_whole, is_na_a_name, name_evidence

_TOLERATED = 0.01  # share of values that may contradict the type of the others, or lose digits
_ABSENT = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "#N/A", "<NA>", "NaT")
_KEPT = 6  # digits of a number, from its first, that rounding it to a decimal must leave
_SPARE = 10  # digits left free in an exact sum, for many rows
_FEW = 1_000  # columns whose values are looked at in one query
_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
_COUNTED = ("there", "said", "numbers", "truths", "booleans", "dates", "formed", "padded")
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
    """What the columns of a table hold."""

    types: dict[str, ColumnType]
    """Sorted by name."""
    noticed: dict[str, int]
    """What was strange about the values of a column → how many there are."""


@final
@dataclass
class _Counts:
    """What was counted of a column's values; by power of ten where that is said."""

    there: int = 0
    said: int = 0
    """Those that are no word for nothing, such as NA."""
    numbers: int = 0
    truths: int = 0
    booleans: int = 0
    dates: int = 0
    formed: int = 0
    padded: int = 0
    has_fractions: bool = False
    largest: float = 0.0
    nonzero: dict[int, int] = field(default_factory=dict)
    """Power of ten → numbers of that size."""
    decimals: dict[int, int] = field(default_factory=dict)
    """Power of ten → digits after the point of its longest number; DIGITS where it was written with an exponent."""

    def add(self, found: Mapping[str, Any]) -> None:
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + (found.get(name) or 0))
        self.has_fractions |= bool(found["fractions"])
        self.largest = max(self.largest, found["largest"] or 0.0)
        if found["power"] is not None:
            power = int(found["power"])
            self.nonzero[power] = self.nonzero.get(power, 0) + found["numbers"]
            self.decimals[power] = max(self.decimals.get(power, 0), found["decimals"] or 0)


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

    A column of text is a number, or a date, if at most 1 % of its values are not; those few count as absent.
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
    for column, found in _count_names(engine, table, named).items():
        types[column] = _name_type(found, schema[column])
        nobody = found["nobody"] + (0 if is_na_a_name(found) else found["maybe"])
        noticed[
            f"{column} is a word for nobody, such as nan, NULL or None, and counts as missing"
        ] = nobody
    for column, counts in _count_values(engine, table, unclear, form).items():
        fixed = None if known is None else known[column]
        raw = schema[column]
        types[column] = _judge(counts, raw, form) if fixed is None else _hold(counts, fixed)
        noticed |= _faults(column, types[column], counts, raw)
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


def _count_names(
    engine: AbstractEngine, table: ir.Table, columns: list[str]
) -> dict[str, dict[str, Any]]:
    nothing = {"names": 0, "whole": 0, "point_zero": 0, "longest": 0, "nobody": 0, "maybe": 0}
    counted = {column: dict(nothing) for column in columns}
    schema = table.schema()
    texts = [column for column in columns if not _is_whole(schema[column])]
    if texts:
        values = engine.melt(table, texts)
        found = values.group_by(NAME).aggregate(**name_evidence(values[VALUE]))
        for row in found.to_pyarrow().to_pylist():
            column = row.pop(NAME)
            counted[column] = {name: int(value or 0) for name, value in row.items()}
    return counted


def _name_type(found: Mapping[str, Any], raw: dt.DataType) -> ColumnType:
    if _is_whole(raw):
        return ColumnType("whole", is_name=True)
    counted = dict(found)
    if are_whole(counted):  # where there are none, they compare with whatever they link to
        return ColumnType("whole", is_name=True)
    return ColumnType("text", is_name=True, na_is_name=is_na_a_name(counted))


def _is_whole(raw: dt.DataType) -> bool:
    """Say whether 64 bits with a sign hold whatever such a column may hold."""
    return raw.is_integer() and not raw.is_uint64()


def _count_values(
    engine: AbstractEngine, table: ir.Table, columns: list[str], form: str | None
) -> dict[str, _Counts]:
    counted = {column: _Counts() for column in columns}
    for first in range(0, len(columns), _FEW):
        values = engine.melt(table, columns[first : first + _FEW])
        read = values.mutate(number=_number(values[VALUE]))
        read = engine.pick(read, read.columns)  # read once, not wherever it stands below
        number = read.number
        power = (number != 0).ifelse(number.abs().log10().floor(), ibis.null("float64"))
        keyed = read.mutate(power=power)
        keyed = engine.pick(keyed, keyed.columns)
        found = keyed.group_by(NAME, "power").aggregate(**_evidence(keyed, form))
        for row in found.to_pyarrow().to_pylist():
            counted[row[NAME]].add(row)
    return counted


def _number(value: ir.StringColumn) -> ir.FloatingColumn:
    return value.strip().notin(_ABSENT).ifelse(read_number(value), ibis.null("float64"))


def _evidence(values: ir.Table, form: str | None) -> dict[str, ir.Scalar]:
    text, number = values[VALUE].strip(), values.number
    is_number = number.notnull()
    has_exponent = is_number & text.lower().contains("e")
    decimals = text.re_extract(r"^[^.]*\.(\d*?)0*$", 1).length()
    decimals = is_number.ifelse(decimals, 0)
    is_date = text.re_search(_DATE)
    date = is_date.ifelse(read_instant(text, None), ibis.null("timestamp"))
    has_form = form is not None and not form.startswith("unix")
    formed = {"formed": read_instant(text, form).count()} if has_form else {}
    return formed | {
        "there": (text != "").sum(),
        "said": text.notin(_ABSENT).sum(),
        "numbers": number.count(),
        "truths": text.lower().isin(("true", "false")).sum(),
        "booleans": text.replace("_", "!").try_cast("boolean").count(),
        "dates": date.count(),
        "padded": text.re_search(r"^-?0\d").sum(),  # 007 is a name: as a number it would become 7
        "fractions": (is_number & ((number % 1 != 0) | (decimals > 0))).sum(),
        "decimals": has_exponent.ifelse(DIGITS, decimals).max(),
        "largest": number.abs().max(),
    }


def _judge(found: _Counts, raw: dt.DataType, form: str | None) -> ColumnType:
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


def _hold(found: _Counts, known: ColumnType) -> ColumnType:
    """Say how the values of a column are held of which it is known what it is."""
    if not known.is_number:
        return known
    return _number_type(found) if found.numbers else known


def _number_type(found: _Counts) -> ColumnType:
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


def _faults(column: str, kind: ColumnType, found: _Counts, raw: dt.DataType) -> dict[str, int]:
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
