"""Compare new data with those of training: columns missing, unreadable, empty, with unseen texts, or out of range."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.schema import ColumnProfile, TableProfile
from banian.tables.engines import AbstractEngine
from banian.tables.table import Table
from banian.tables.table_profile import days_of, hash_texts, sample_rows
from banian.tables.type_inference import unreadable_as

_TOLERATED = 0.01
"""Share of unreadable values up to which they count as typing errors, as in training."""
_WHOLLY = 0.99
_ENOUGH = 20
"""Fewest rows of which a share is compared."""
_MUCH = 0.1
"""Smallest difference of two shares that is reported."""
_SURELY = 4.0
"""Standard errors by which the two shares must differ as well."""
_FAR = 10.0
"""Widths of the training range; even a single value farther outside is reported."""


@final
@dataclass(frozen=True)
class Drift:
    """One way in which a column is not what it was."""

    path: str
    """As in the spec: tables.orders.price."""
    problem: str
    """What is wrong with it, as the end of a sentence."""
    is_lost: bool = False
    """Whether nothing of the column is left: it is not there, or none of its values can be read."""
    absent: float | None = None
    """The share of rows without a value, where that is what is wrong."""

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def find_drift(
    engine: AbstractEngine,
    table: Table,
    profile: TableProfile,
    used: Collection[str],
    end: datetime | None = None,
) -> Iterator[Drift]:
    """Compare the used columns of a table with training; without a profile, only missing or unreadable ones are found.

    `end` is where the new data end: dates are compared as they are and by their age then.
    """
    columns = tuple(name for name in sorted(used) if name in table.types)
    missing = {*table.missing}
    for name in sorted(used):
        if name in missing:
            yield Drift(f"tables.{table.name}.{name}", _say_gone(name, table), is_lost=True)
    if not table.report.kept:
        return
    here = tuple(name for name in columns if name not in missing)
    sample = sample_rows(engine, table, here)
    for name in here:
        path, column = f"tables.{table.name}.{name}", sample[name]
        share = 1 - column.null_count / max(len(column), 1)
        unread = table.report.noticed.get(unreadable_as(name, table.types[name]), 0)
        written = unread + share * table.report.kept
        if unread > _TOLERATED * written:
            noun = unreadable_as("", table.types[name]).removeprefix(" is not ")
            yield Drift(
                path,
                f"{unread:,} of {round(written):,} values cannot be read as {noun}, unlike in training",
                is_lost=unread >= _WHOLLY * written,
            )
        elif name in profile:
            is_time = table.types[name].kind == "time"
            if is_time and name == table.spec.time:
                continue  # time goes on
            found = _compare_times(column, profile[name], end) if is_time else ()
            absent = column.null_count / len(column)
            if len(column) >= _ENOUGH and _is_more(absent, 1 - profile[name].known, len(column)):
                said = f"{absent:.0%} of the rows have no value, and {1 - profile[name].known:.0%} in training"
                yield Drift(path, said, absent=absent)
            yield from (Drift(path, said) for said in (*_compare(column, profile[name]), *found))


def _say_gone(name: str, table: Table) -> str:
    """Say that a column is not there, and which one is that differs in case only."""
    said = f"{name} is not there"
    noticed = (fault for fault in table.report.noticed if fault.startswith(said))
    return next(noticed, said).removeprefix(f"{name} ")


def _compare(column: pa.ChunkedArray, then: ColumnProfile) -> Iterator[str]:
    values = column.drop_null()
    if then.ends is not None and len(values) and pa.types.is_floating(column.type):
        yield from _compare_numbers(values.to_numpy(), then)
    if then.frequent and len(values) >= _ENOUGH and pa.types.is_string(column.type):
        counts = pc.value_counts(values.combine_chunks())
        times = counts.field("counts").to_numpy()
        known = np.array([text in then.frequent for text in hash_texts(counts.field("values"))])
        unseen = 1 - float(times[known].sum()) / len(values)
        if _is_more(unseen, 1 - then.covered, len(values)):
            often = "was never seen in training"
            if then.covered < 1:
                often = f"is not among the {len(then.frequent)} most frequent texts of training, "
                often += f"which held {then.covered:.0%} of the rows"
            yield f"{unseen:.0%} of the values {often}"


def _compare_numbers(values: np.ndarray, then: ColumnProfile) -> Iterator[str]:
    assert then.ends is not None
    low, high = then.ends
    least, largest = float(values.min()), float(values.max())
    outside = float(((values < low) | (values > high)).mean())
    width = max(high - low, abs(high), abs(low), 1e-12) if high == low else high - low
    span = f"{_say(low)} to {_say(high)}"
    if largest > high + _FAR * width or least < low - _FAR * width:
        yield f"goes from {_say(least)} to {_say(largest)}, and from {span} in training"
    elif len(values) >= _ENOUGH and outside > _TOLERATED:
        yield f"{outside:.0%} of the values lie outside those of training, {span}"
    elif len(values) >= _ENOUGH and then.middle is not None:
        median = float(np.median(values))
        if not then.middle[0] <= median <= then.middle[1]:
            usual = f"{_say(then.middle[0])} to {_say(then.middle[1])}"
            yield f"the median is {_say(median)}, and nine of ten values of training are {usual}"


def _compare_times(
    column: pa.ChunkedArray, then: ColumnProfile, end: datetime | None
) -> Iterator[str]:
    """Report dates that lie outside both the dates and the ages (days before `end`) of training."""
    if then.dates is None or len(column) - column.null_count < _ENOUGH:
        return
    days = column.drop_null().to_numpy()
    outside = _lie_outside(days, then.dates)
    if end is not None and then.ages is not None:
        now = days_of(end)
        ahead = float((days > now).mean())
        if _is_more(ahead, then.ahead, len(days)):
            yield (
                f"{ahead:.0%} of the dates lie after {end.date()}, where the data end, and {then.ahead:.0%} did in "
                "training; a date ahead of when is asked counts as absent"
            )
            return
        outside &= _lie_outside(now - days, then.ages)
    share = float(outside.mean())
    if share > _TOLERATED:
        seen, usual = _say_days(float(days.min()), float(days.max())), _say_days(*then.dates)
        yield (
            f"{share:.0%} of the dates lie outside those of training ({usual}) and are not as old as those were; here "
            f"they go from {seen}"
        )


def _lie_outside(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    slack = 1 + _MUCH * (ends[1] - ends[0])
    return np.logical_or(values < ends[0] - slack, values > ends[1] + slack)


def _say_days(first: float, last: float) -> str:
    one, other = (np.datetime64(int(np.floor(day)), "D") for day in (first, last))
    return f"{one} to {other}"


def _is_more(share: float, then: float, rows: int) -> bool:
    error = np.sqrt(max(then * (1 - then), 0.25 / rows) / rows)
    return bool(share - then >= _MUCH and share - then > _SURELY * error)


def _say(number: float) -> str:
    return f"{number:,.10g}" if number.is_integer() else f"{number:,.4g}"
