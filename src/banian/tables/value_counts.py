"""Count, in one pass over a table, what the types of its columns are decided by.

Every value that is there becomes a row of its own, and one aggregate counts for all columns at once what their types
depend on, by column and power of ten: so thousands of columns cost little more than their values do.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.schema import ABSENT
from banian.tables.casts import DIGITS, read_number
from banian.tables.engines import NAME, TIMES, VALUE, AbstractEngine, as_it_is
from banian.tables.float_shape import shape_of_float
from banian.tables.instants import read_instant
from banian.tables.names import name_evidence
from banian.tables.white_space import strip_text

_FEW = 1_000  # columns whose values are looked at in one query
_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
_COUNTED = ("there", "said", "numbers", "truths", "booleans", "dates", "formed", "padded")


@final
@dataclass
class ValueCounts:
    """What was counted of one column's values."""

    there: int = 0
    """Values that are neither null nor empty."""
    said: int = 0
    """Those that are none of the words for absent values, such as NA."""
    numbers: int = 0
    """Values that are numbers."""
    truths: int = 0
    """Values that are the words true or false."""
    booleans: int = 0
    """Values that the engine reads as truths, 1 and yes among them."""
    dates: int = 0
    """Values that are dates or times by ISO 8601."""
    formed: int = 0
    """Values that are times in the form that the table declares."""
    padded: int = 0
    """Values with a leading zero, such as 007."""
    has_fractions: bool = False
    """Whether any number has a fraction."""
    largest: float = 0.0
    """Largest absolute value of the numbers."""
    nonzero: dict[int, int] = field(default_factory=dict)
    """Power of ten → numbers of that size."""
    decimals: dict[int, int] = field(default_factory=dict)
    """Power of ten → digits after the point of its longest number; DIGITS where it was written with an exponent."""

    def add(self, found: Mapping[str, Any]) -> None:
        """Add what was counted of the values of one power of ten."""
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + (found.get(name) or 0))
        self.has_fractions |= bool(found["fractions"])
        self.largest = max(self.largest, found["largest"] or 0.0)
        if found["power"] is not None:
            power = int(found["power"])
            self.nonzero[power] = self.nonzero.get(power, 0) + found["numbers"]
            self.decimals[power] = max(self.decimals.get(power, 0), found["decimals"] or 0)


def count_names(
    engine: AbstractEngine, table: ir.Table, columns: list[str]
) -> dict[str, dict[str, Any]]:
    """Count, for columns of keys and links, what decides how their names are held."""
    nothing = {"names": 0, "whole": 0, "point_zero": 0, "longest": 0, "nobody": 0, "maybe": 0}
    counted = {column: dict(nothing) for column in columns}
    schema = table.schema()
    texts = [column for column in columns if not is_whole(schema[column])]
    if texts:
        values = engine.melt(table, texts)
        found = values.group_by(NAME).aggregate(**name_evidence(values[VALUE]))
        for row in found.to_pyarrow().to_pylist():
            column = row.pop(NAME)
            counted[column] = {name: int(value or 0) for name, value in row.items()}
    return counted


def is_whole(raw: dt.DataType) -> bool:
    """Say whether 64 bits with a sign hold whatever such a column may hold."""
    return raw.is_integer() and not raw.is_uint64()


def count_values(
    engine: AbstractEngine,
    table: ir.Table,
    columns: Sequence[str],
    form: str | None,
    floats: Collection[str] = (),
) -> dict[str, ValueCounts]:
    """Count, for other columns, what decides their types; `form` is how the table's times are written.

    Of `floats`, columns that the source declares as such, numbers of the same size and digits are counted as one.
    """
    counted = {column: ValueCounts() for column in columns}
    for first in range(0, len(columns), _FEW):
        chosen = columns[first : first + _FEW]
        shaped = {
            column: (column, shape_of_float if column in floats else as_it_is) for column in chosen
        }
        rows = engine.project(table, shaped) if floats else table
        # Each different value is looked at once, however many rows have it.
        values = engine.tally(rows, chosen)
        values = values.mutate(**{VALUE: strip_text(values[VALUE])})
        values = engine.pick(values, values.columns)  # read once, not wherever it stands below
        read = values.mutate(number=_number(values[VALUE]))
        read = engine.pick(read, read.columns)
        number = read.number
        power = (number != 0).ifelse(number.abs().log10().floor(), ibis.null("float64"))
        keyed = read.mutate(power=power)
        keyed = engine.pick(keyed, keyed.columns)
        found = keyed.group_by(NAME, "power").aggregate(**_evidence(keyed, form))
        for row in found.to_pyarrow().to_pylist():
            counted[row[NAME]].add(row)
    return counted


def _number(value: ir.StringColumn) -> ir.FloatingColumn:
    return value.notin(ABSENT).ifelse(read_number(value), ibis.null("float64"))


def _evidence(values: ir.Table, form: str | None) -> dict[str, ir.Scalar]:
    text, number = values[VALUE], values.number
    is_number = number.notnull()
    has_exponent = is_number & text.lower().contains("e")
    has_point = is_number & text.contains(".")
    decimals = text.re_extract(r"^[^.]*\.(\d*?)0*$", 1).length()
    decimals = has_point.ifelse(decimals, 0)
    # What is no date by a look at one sign need not be held against the whole pattern.
    is_date = (text.substr(4, 1) == "-").ifelse(text.re_search(_DATE), False)
    date = is_date.ifelse(read_instant(text, None), ibis.null("timestamp"))
    has_form = form is not None and not form.startswith("unix")
    is_padded = text.contains("0").ifelse(text.re_search(r"^-?0\d"), False)

    is_short = text.length() <= len("false")
    boolean = is_short.ifelse(text.replace("_", "!"), ibis.null("string")).try_cast("boolean")

    def count(which: ir.BooleanValue) -> ir.Scalar:
        return which.ifelse(values[TIMES], 0).sum()

    formed = {"formed": count(read_instant(text, form).notnull())} if has_form else {}
    return formed | {
        "there": count(text != ""),
        "said": count(text.notin(ABSENT)),
        "numbers": count(is_number),
        "truths": count(text.lower().isin(("true", "false"))),
        "booleans": count(boolean.notnull()),
        "dates": count(date.notnull()),
        "padded": count(is_padded),  # 007 is a name: as a number it would become 7
        "fractions": count(is_number & ((number % 1 != 0) | (decimals > 0))),
        "decimals": has_exponent.ifelse(DIGITS, decimals).max(),
        "largest": number.abs().max(),
    }
