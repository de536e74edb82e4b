"""Read raw values as instants: timestamps in UTC without a time zone."""

import re
from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.tables.white_space import strip_text

_UNIX = {"unix": 1_000_000.0, "unix_ms": 1_000.0, "unix_us": 1.0, "unix_ns": 0.001}
"""Form → microseconds of one unit of it."""
_OFFSET = r"([A-Za-z]|:\d\d(\.\d+)?\s*[+-]\d\d(:?\d\d){0,2})$"


def read_instant(column: ir.Column, form: str | None) -> ir.Column:
    """Read times written in a form; those without an offset are taken for UTC, values that are no times become null."""
    raw = column.type()
    if raw.is_date() or (raw.is_timestamp() and raw.timezone is None):
        return column.cast("timestamp")
    if raw.is_timestamp():
        return column.cast(dt.Timestamp(timezone="UTC")).cast("timestamp")
    if form in _UNIX:
        return _make_timestamp(_microseconds(column, form))
    text = strip_text(column.cast("string"))
    if form is not None and {"%z", "%Z"} & set(_parts(form)):
        if form.endswith("%z"):  # where an engine wants digits, and others write Z
            text = text.endswith("Z").ifelse(text.substr(0, text.length() - 1) + "+00:00", text)
        return _try_strptime_zoned(text, form).cast("timestamp")
    if form is not None:
        written = written_offset(form) or timedelta()
        read = _try_strptime(text, form)
        return read - ibis.interval(minutes=written // _MINUTE) if written else read
    # Through a zoned time, so that an offset in the text counts; the connection's zone is UTC.
    return text.try_cast(dt.Timestamp(timezone="UTC")).cast("timestamp")


def is_local(column: ir.Column, form: str | None) -> ir.BooleanValue:
    """Tell which times are written without an offset from UTC, so that their time zone must be known."""
    raw = column.type()
    if raw.is_date() or raw.is_timestamp():
        return ibis.literal(raw.is_date() or raw.timezone is None)
    if form is not None:
        says_when = form in _UNIX or {"%z", "%Z"} & set(_parts(form))
        return ibis.literal(not says_when and written_offset(form) is None)
    return ~strip_text(column.cast("string")).re_search(_OFFSET)


def written_offset(form: str) -> timedelta | None:
    """Give the offset from UTC that stands in a form itself, so that no zone moves its times; None without one.

    >>> written_offset("%Y-%m-%dT%H:%M:%SZ"), written_offset("%H:%M +0530 %Y")
    (datetime.timedelta(0), datetime.timedelta(seconds=19800))
    >>> written_offset("%d-%m-%Y at %H:%M") is None
    True
    """
    had_hour = False
    for part in _parts(form):
        had_hour = had_hour or part in _HOURS
        if part.startswith("%"):
            continue
        zone, number = _ZONE.search(part), _NUMBER.search(part)
        if number is not None and (not had_hour or (number[0][0] == "-" and "%H-" in form)):
            number = None  # -05 before the hour, or after minutes written so, is part of the time
        if number is not None:
            sign, hours, minutes = number.groups(default="0")
            size = timedelta(hours=int(hours), minutes=int(minutes))
            return -size if sign == "-" else size
        if zone is not None:
            return timedelta()
    return None


_MINUTE = timedelta(minutes=1)
_HOURS = ("%H", "%I", "%-H", "%-I", "%X", "%c")
_ZONE = re.compile(r"(?<![A-Za-z])(?:Z|UTC|GMT)(?![A-Za-z])")
_NUMBER = re.compile(r"(?<!\d)([+-])(0?\d|1[0-4])(?::?([0-5]\d))?(?![\d:])")


def _parts(form: str) -> list[str]:
    """Take a form apart: directives, and what stands between them; %% is a sign of its own."""
    return re.findall(r"%-?.|[^%]+", form)


def _microseconds(column: ir.Column, form: str) -> ir.Column:
    number = (column.try_cast("float64") * _UNIX[form]).round().try_cast("int64")
    if form != "unix_ns":
        return number
    # A float rounds nanoseconds by hundreds of them: whole ones are divided as they are.
    return ibis.coalesce(column.try_cast("int64") // 1_000, number)


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
