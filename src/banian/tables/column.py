"""What a column holds, inferred from all of its values."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

DIGITS = 18
"""Digits of an exact number: what 64 bits can hold, so that sums never depend on the order of rows."""
_TOLERATED = 0.01  # share of values that may contradict the type of the others
_ABSENT = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-")


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


def infer_types(table: ir.Table, times: dict[str, str | None]) -> dict[str, ColumnType]:
    """Infer each column's type; `times` maps the columns declared as instants to how they are written.

    A column of text is a number if at most 1 % of its values are not; those few count as absent.
    """
    types: dict[str, ColumnType] = {}
    unclear: list[str] = []
    for name, dtype in table.schema().items():
        if name in times:
            types[name] = ColumnType("time", form=times[name])
        elif dtype.is_string() or dtype.is_floating() or dtype.is_decimal():
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
            is_text = table[name].type().is_string()
            types[name] = _judge(
                {k[len(f"{at}_") :]: v for k, v in found.items() if k.startswith(f"{at}_")},
                is_text=is_text,
            )
    return {name: types[name] for name in sorted(types)}


def cast_column(column: ir.Column, to: ColumnType) -> ir.Column:
    """Turn raw values into a type; what does not fit becomes absent."""
    raw = column.type()
    match to.kind:
        case "text":
            return column.cast("string").nullif("")
        case "boolean":
            return column.try_cast("boolean")
        case "whole":
            if raw.is_integer():
                return column.cast("int64")
            digits = column.cast("string").re_replace(r"\.0*$", "")
            number = _number(column)
            whole = (number.floor() == number).ifelse(number, ibis.null("float64"))
            return ibis.coalesce(digits.try_cast("int64"), whole.try_cast("int64"))
        case "decimal":
            text = column.cast("string") if not raw.is_string() else column
            return text.try_cast(dt.Decimal(DIGITS, to.scale))
        case "time":
            return _time(column, to.form)
        case "other":
            return column


def _number(column: ir.Column) -> ir.Column:
    number = column.try_cast("float64")
    return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)


def _time(column: ir.Column, form: str | None) -> ir.Column:
    raw = column.type()
    if form in ("unix", "unix_ms"):
        unit = 1_000_000 if form == "unix" else 1_000
        return _make_timestamp((column.try_cast("float64") * unit).round().try_cast("int64"))
    if form is not None:
        return _try_strptime(column.cast("string"), form)
    if raw.is_timestamp() and raw.timezone is None:
        return column.cast("timestamp")
    if raw.is_date():
        return column.cast("timestamp")
    # Through a zoned time, so that an offset in the text counts; the connection's zone is UTC.
    return column.try_cast(dt.Timestamp(timezone="UTC")).cast("timestamp")


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_strptime(text: str, form: str) -> dt.Timestamp():  # type: ignore[valid-type]
    """Name a function of the engine."""


@ibis.udf.scalar.builtin(name="make_timestamp")
def _make_timestamp(microseconds: int) -> dt.Timestamp():  # type: ignore[valid-type]
    """Name a function of the engine."""


def _evidence(table: ir.Table, columns: list[str]) -> dict[str, ir.Scalar]:
    evidence: dict[str, ir.Scalar] = {}
    for at, name in enumerate(columns):
        column = table[name]
        text = column.cast("string")
        said = text.notnull() & text.notin(_ABSENT)
        number = said.ifelse(_number(column), ibis.null("float64"))
        truth = text.lower().isin(("true", "false"))
        decimals = text.re_extract(r"^[^.]*\.(\d*?)0*$", 1).length()
        padded = text.re_search(r"^-?0\d")  # 007 is a name: as a number it would become 7
        evidence |= {
            f"{at}_padded": padded.sum(),
            f"{at}_said": said.sum(),
            f"{at}_numbers": number.count(),
            f"{at}_truths": truth.sum(),
            f"{at}_fractions": (number.floor() != number).sum(),
            f"{at}_exponents": (number.notnull() & text.lower().contains("e")).sum(),
            f"{at}_decimals": number.notnull().ifelse(decimals, 0).max(),
            f"{at}_largest": number.abs().max(),
        }
    return evidence


def _judge(found: dict[str, Any], *, is_text: bool) -> ColumnType:
    said = found["said"] or 0
    if said == 0:
        return ColumnType("text" if is_text else "decimal")
    if is_text and found["truths"] == said:
        return ColumnType("boolean")
    if is_text and (found["padded"] or said - found["numbers"] > _TOLERATED * said):
        return ColumnType("text")
    whole_digits = len(str(int(found["largest"])))
    if not found["fractions"] and whole_digits <= DIGITS:
        return ColumnType("whole")
    room = max(0, DIGITS - whole_digits)
    exact = found["decimals"] if not found["exponents"] else room
    return ColumnType("decimal", scale=min(exact, room))
