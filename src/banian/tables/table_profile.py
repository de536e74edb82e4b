"""Summarise each column of a table in a few numbers, with which new data are compared later."""

import hashlib
from datetime import UTC, datetime

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.schema import ColumnProfile
from banian.tables.engines import POSITION, AbstractEngine, Change, as_float, as_text
from banian.tables.table import Table

_MOST_ROWS = 100_000
"""Of longer tables evenly spaced rows are looked at."""
_MOST_VALUES = 256
_DAY = 86_400  # seconds
_COVERED = 0.5
"""Share of rows below which frequent texts are not kept: the column holds names, in which new ones are usual."""


def profile_table(
    engine: AbstractEngine, table: Table, end: datetime | None = None
) -> dict[str, ColumnProfile]:
    """Look at the rows of a clean table, of many at evenly spaced ones; `end` is where the data end."""
    sample = sample_rows(engine, table, tuple(table.types))
    return {
        name: _profile_times(sample[name], end)
        if table.types[name].kind == "time"
        else profile_column(sample[name])
        for name in sample.column_names
    }


def sample_rows(engine: AbstractEngine, table: Table, columns: tuple[str, ...]) -> pa.Table:
    """Read columns: numbers and truths as float64, times as days since 1970, texts as they are.

    Of other kinds it is only whether there is a value.
    """
    step = -(-table.report.kept // _MOST_ROWS)
    rows = table.rows if step <= 1 else table.rows.filter(table.rows[POSITION] % step == 0)
    chosen: dict[str, tuple[str, Change]] = {}
    for name in columns:
        kind = table.types[name]
        if kind.kind == "text" or kind.is_name:
            chosen[name] = name, as_text
        elif kind.is_number or kind.kind == "boolean":
            chosen[name] = name, as_float
        elif kind.kind == "time":
            chosen[name] = name, _as_days
        else:
            chosen[name] = name, _is_there
    return engine.project(rows, chosen).to_pyarrow() if chosen else pa.table({})


def _as_days(column: ir.Column) -> ir.Column:
    return column.epoch_seconds().cast("float64") / _DAY


def _is_there(column: ir.Column) -> ir.Column:
    return column.notnull().nullif(False)


def hash_texts(texts: pa.Array) -> list[str]:
    """Give each text a short hash: a bundle is no place for names and addresses."""
    return [hashlib.blake2b(t.encode(), digest_size=6).hexdigest() for t in texts.to_pylist()]


def days_of(moment: datetime) -> float:
    """Give a moment in UTC as days since 1970.

    >>> days_of(datetime(1970, 1, 2, 12))
    1.5
    """
    return moment.replace(tzinfo=UTC).timestamp() / _DAY


def _profile_times(column: pa.ChunkedArray, end: datetime | None) -> ColumnProfile:
    known = 1 - column.null_count / len(column) if len(column) else 0.0
    if column.null_count == len(column):
        return ColumnProfile(known)
    days = column.drop_null().to_numpy()
    dates = float(days.min()), float(days.max())
    if end is None:
        return ColumnProfile(known, dates=dates)
    now = days_of(end)
    ages = now - dates[1], now - dates[0]
    return ColumnProfile(known, dates=dates, ages=ages, ahead=float((days > now).mean()))


def profile_column(column: pa.ChunkedArray) -> ColumnProfile:
    """Look at a column as `sample_rows` gives it: float64, text, or whether there is a value."""
    rows = len(column)
    known = (rows - column.null_count) / rows if rows else 0.0
    values = column.drop_null()
    if not len(values) or pa.types.is_boolean(column.type):
        return ColumnProfile(known)
    if pa.types.is_floating(column.type):
        numbers = values.to_numpy()
        low, below, above, high = np.quantile(
            numbers, (0, 0.05, 0.95, 1), method="closest_observation"
        )
        return ColumnProfile(known, (float(low), float(high)), (float(below), float(above)))
    counts = pc.value_counts(values.combine_chunks())
    order = sorted(
        zip(
            (-counts.field("counts").to_numpy()).tolist(),
            counts.field("values").to_pylist(),
            strict=True,
        )
    )[:_MOST_VALUES]
    covered = -sum(times for times, _ in order) / len(values)
    if covered < _COVERED:
        return ColumnProfile(known)
    frequent = hash_texts(pa.array([text for _, text in order], pa.string()))
    return ColumnProfile(known, frequent=frozenset(frequent), covered=covered)
