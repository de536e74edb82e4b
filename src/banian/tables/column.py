"""What a column holds, inferred from all of its values."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.tables.instants import read_instant

DIGITS = 18
"""Digits of an exact number: what 64 bits can hold, so that sums never depend on the order of rows."""
_TOLERATED = 0.01  # share of values that may contradict the type of the others
_ABSENT = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-")
_LIMIT = float(2**63)  # what 64 bits cannot hold is no number: an id of 20 digits stays text
_SPARE = 3  # digits left free before the point, for larger values to come
_CENTS = 2  # digits after the point that are kept even so, while they fit


@final
@dataclass(frozen=True)
class ColumnType:
    """The type of a column: text, whole and decimal numbers, truth values, instants."""

    kind: Literal["text", "whole", "decimal", "boolean", "time", "other"]
    scale: int = 0
    """Digits after the point of a decimal."""
    form: str | None = None
    """How a time is written, where not as ISO 8601."""

    @property
    def is_number(self) -> bool:
        """Whether one can compute with it."""
        return self.kind in ("whole", "decimal")

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)


@final
@dataclass(frozen=True)
class Inferred:
    """What the columns of a table hold."""

    types: dict[str, ColumnType]
    """Sorted by name."""
    mixed: dict[str, int]
    """Columns of text that are numbers for the most part → their values that are none."""


def infer_types(table: ir.Table, times: dict[str, str | None]) -> Inferred:
    """Infer each column's type; `times` maps the columns declared as instants to how they are written.

    A column of text is a number if at most 1 % of its values are not; those few count as absent.
    """
    types: dict[str, ColumnType] = {}
    mixed: dict[str, int] = {}
    unclear: list[str] = []
    for name, dtype in table.schema().items():
        if name in times:
            types[name] = ColumnType("time", form=times[name])
        elif dtype.is_string() or dtype.is_floating() or dtype.is_decimal() or dtype.is_uint64():
            unclear.append(name)
        elif dtype.is_boolean():
            types[name] = ColumnType("boolean")
        elif dtype.is_integer():
            types[name] = ColumnType("whole")
        elif dtype.is_timestamp() or dtype.is_date():
            types[name] = ColumnType("time")
        else:
            types[name] = ColumnType("other")
    if unclear:
        found = table.aggregate(**_evidence(table, unclear)).to_pyarrow().to_pylist()[0]
        for at, name in enumerate(unclear):
            own = {k[len(f"{at}_") :]: v for k, v in found.items() if k.startswith(f"{at}_")}
            types[name] = _judge(own, table[name].type())
            others = (own["said"] or 0) - own["numbers"]
            if types[name].kind == "text" and not own["padded"] and 0 < others < own["numbers"]:
                mixed[name] = others
    return Inferred({name: types[name] for name in sorted(types)}, mixed)


def cast_column(column: ir.Column, to: ColumnType) -> ir.Column:
    """Turn raw values into a type; what does not fit becomes absent."""
    raw = column.type()
    match to.kind:
        case "text":
            return column.cast("string").nullif("")
        case "boolean":
            return _legible(column).try_cast("boolean")
        case "whole":
            if raw.is_integer():
                return column.try_cast("int64")
            # Digits go straight to 64 bits; 1e3 takes the way through a float.
            digits = _legible(column).cast("string").re_replace(r"\.0*$", "")
            exact = digits.re_search(r"^[+-]?\d+$").ifelse(digits, ibis.null("string"))
            number = _number(column)
            whole = (number % 1 == 0).ifelse(number, ibis.null("float64"))
            return ibis.coalesce(exact.try_cast("int64"), whole.try_cast("int64"))
        case "decimal":
            return _legible(column).cast("string").try_cast(dt.Decimal(DIGITS, to.scale))
        case "time":
            return read_instant(column, to.form)
        case "other":
            return column


def _legible(column: ir.Column) -> ir.Column:
    """Drop the spaces around a text, and texts like 1_000, which the engine would take for a number."""
    if not column.type().is_string():
        return column
    text = column.strip()
    return text.contains("_").ifelse(ibis.null("string"), text)


def _number(column: ir.Column) -> ir.Column:
    number = _legible(column).try_cast("float64")
    return (number.abs() < _LIMIT).ifelse(number, ibis.null("float64"))


def _evidence(table: ir.Table, columns: list[str]) -> dict[str, ir.Scalar]:
    evidence: dict[str, ir.Scalar] = {}
    for at, name in enumerate(columns):
        column = table[name]
        text = column.cast("string").strip()
        said = text.notnull() & text.notin(_ABSENT)
        number = said.ifelse(_number(column), ibis.null("float64"))
        truth = text.lower().isin(("true", "false"))
        decimals = text.re_extract(r"^[^.]*\.(\d*?)0*$", 1).length()
        decimals = number.notnull().ifelse(decimals, 0)
        padded = text.re_search(r"^-?0\d")  # 007 is a name: as a number it would become 7
        evidence |= {
            f"{at}_padded": padded.sum(),
            f"{at}_said": said.sum(),
            f"{at}_numbers": number.count(),
            f"{at}_truths": truth.sum(),
            f"{at}_fractions": ((number % 1 != 0) | (decimals > 0)).sum(),
            f"{at}_exponents": (number.notnull() & text.lower().contains("e")).sum(),
            f"{at}_decimals": decimals.max(),
            f"{at}_largest": number.abs().max(),
        }
    return evidence


def _judge(found: dict[str, Any], raw: dt.DataType) -> ColumnType:
    said, numbers = found["said"] or 0, found["numbers"]
    if raw.is_string() and found["truths"] == said > 0:
        return ColumnType("boolean")
    if not raw.is_floating() and (found["padded"] or said - numbers > _TOLERATED * said):
        return ColumnType("text")
    if numbers == 0:
        return ColumnType("text" if raw.is_string() else "decimal")
    if not found["fractions"]:
        return ColumnType("whole")
    room = max(0, DIGITS - len(str(int(found["largest"]))))
    exact = found["decimals"] if not found["exponents"] else DIGITS
    return ColumnType("decimal", scale=min(exact, max(room - _SPARE, min(room, _CENTS))))
