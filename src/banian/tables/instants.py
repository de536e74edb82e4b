"""Raw values as instants, in UTC without saying so."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

_OFFSET = r"([A-Za-z]|:\d\d(\.\d+)?\s*[+-]\d\d(:?\d\d){0,2})$"


def read_instant(column: ir.Column, form: str | None) -> ir.Column:
    """Read times written in a form; those without an offset are taken for UTC, what is no time is absent."""
    raw = column.type()
    if raw.is_date() or (raw.is_timestamp() and raw.timezone is None):
        return column.cast("timestamp")
    if raw.is_timestamp():
        return column.cast(dt.Timestamp(timezone="UTC")).cast("timestamp")
    if form in ("unix", "unix_ms"):
        unit = 1_000_000 if form == "unix" else 1_000
        return _make_timestamp((column.try_cast("float64") * unit).round().try_cast("int64"))
    text = column.cast("string").strip()
    if form is not None and ("%z" in form or "%Z" in form):
        return _try_strptime_zoned(text, form).cast("timestamp")
    if form is not None:
        return _try_strptime(text, form)
    # Through a zoned time, so that an offset in the text counts; the connection's zone is UTC.
    return text.try_cast(dt.Timestamp(timezone="UTC")).cast("timestamp")


def is_local(column: ir.Column, form: str | None) -> ir.BooleanValue:
    """Say which times were written without an offset, so that one must know where the clock stood."""
    raw = column.type()
    if raw.is_date() or raw.is_timestamp():
        return ibis.literal(raw.is_date() or raw.timezone is None)
    if form is not None:
        return ibis.literal(not (form.startswith("unix") or "%z" in form or "%Z" in form))
    return ~column.cast("string").strip().re_search(_OFFSET)


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def _try_strptime(text: ir.Column, form: str) -> ir.Column:
    """Name a function of the engine."""


@ibis.udf.scalar.builtin(
    name="try_strptime", signature=(("string", "string"), dt.Timestamp(timezone="UTC"))
)
def _try_strptime_zoned(text: ir.Column, form: str) -> ir.Column:
    """Name a function of the engine."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp"))
def _make_timestamp(microseconds: ir.Column) -> ir.Column:
    """Name a function of the engine."""
