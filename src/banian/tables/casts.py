"""Cast raw values to the type of their column."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.schema import ColumnType
from banian.tables.float_shape import has_digits
from banian.tables.instants import read_instant
from banian.tables.names import read_name, read_whole_name
from banian.tables.white_space import strip_text

DIGITS = 18
"""Digits of an exact number: what 64 bits can hold, so that sums never depend on the order of rows."""
MOST_DIGITS = 38
"""Digits of the widest decimal of an engine, in which floats are summed exactly."""
LIMIT = float(2**63)
"""Whole numbers are smaller in size, since 64 bits hold them; an id of 20 digits stays text."""
_ONLY_DIGITS = r"^[+-]?\d+$"
_WHOLE = r"^([+-]?\d+)(\.0*)?$"


def cast_column(column: ir.Column, to: ColumnType) -> ir.Column:
    """Cast raw values to a type; null where a value does not fit it."""
    raw = column.type()
    if to.is_name:
        if to.kind == "whole":
            return column.cast("int64") if raw.is_integer() else read_whole_name(column)
        return read_name(column, na_is_name=to.na_is_name)
    match to.kind:
        case "text":
            return column.cast("string").nullif("")
        case "boolean":
            return _legible(column).try_cast("boolean")
        case "whole":
            if raw.is_integer() or raw.is_boolean():
                return column.try_cast("int64")
            # What the engine would write itself, as most whole numbers are, needs no pattern.
            if raw.is_string():
                read = column.try_cast("int64")
                return (read.cast("string") == column).ifelse(read, _read_whole(column))
            return _read_whole(column)
        case "decimal":
            return _read_decimal(column, dt.Decimal(DIGITS, to.scale))
        case "float":
            return read_number(strip_text(column) if raw.is_string() else column)
        case "time":
            return read_instant(column, to.form)
        case "other":
            return column


def _read_decimal(column: ir.Column, to: dt.Decimal) -> ir.DecimalColumn:
    """Read numbers by how they are written, which of a float that has no more digits is what it is."""
    written = _legible(column).cast("string").try_cast(to)
    if not column.type().is_floating():
        return written
    return has_digits(column, to.scale or 0).ifelse(column.try_cast(to), written)


def _read_whole(column: ir.Column) -> ir.IntegerColumn:
    """Read whole numbers however they are written: digits go straight to 64 bits, 1e3 takes the way through a float."""
    written = _legible(column)
    text = written.cast("string")
    plain = text.re_search(_ONLY_DIGITS).ifelse(text, ibis.null("string"))
    digits = text.re_extract(_WHOLE, 1)
    number = written.try_cast("float64")
    is_whole = (number % 1 == 0) & (number.abs() < LIMIT)
    whole = is_whole.ifelse(number, ibis.null("float64"))
    found = (plain, digits, whole)  # of each value the first that there is, and no more
    return ibis.coalesce(*(one.try_cast("int64") for one in found))


def read_number(column: ir.Column) -> ir.FloatingColumn:
    """Read numbers as float64; null where a value is no number, is infinite, or is a whole number beyond 64 bits.

    Texts have no white space around them.

    Minus zero becomes zero: as equals they have no order, and rows that differ in nothing else would have none.
    """
    is_text = column.type().is_string()
    number = (_spell_out(column) if is_text else column).try_cast("float64")
    fits = number.abs() < LIMIT
    if not column.type().is_integer():
        text = column.cast("string")
        is_written_out = text.re_search(_ONLY_DIGITS)
        is_large = number.abs() >= LIMIT  # few are, and only they are held against the pattern
        fits = is_large.ifelse((number.abs() < float("inf")) & ~is_written_out, fits)
    return fits.ifelse(number + 0.0, ibis.null("float64"))


def _legible(column: ir.Column) -> ir.Column:
    return _spell_out(strip_text(column)) if column.type().is_string() else column


def _spell_out(text: ir.StringColumn) -> ir.StringColumn:
    """Replace each `_`, so that the engine does not read 1_000 as a number."""
    return text.replace("_", "!")
