"""Faults that do not cost a row, counted."""

from collections.abc import Mapping

import ibis.expr.types as ir

from banian.spec import SourceTableSpec
from banian.tables.column import ColumnType
from banian.tables.local_time import LocalClock

_NOUNS = {
    "whole": "a whole number",
    "decimal": "a number",
    "boolean": "true or false",
    "time": "a time",
}


def unreadable_as(column: str, kind: ColumnType) -> str:
    """Name the fault of values that cannot be read as the type of their column.

    >>> unreadable_as("age", ColumnType("whole"))
    'age is not a whole number'
    """
    return f"{column} is not {_NOUNS.get(kind.kind, 'readable')}"


def count_faults(
    spec: SourceTableSpec,
    good: ir.Table,
    types: Mapping[str, ColumnType],
    raws: Mapping[str, str],
    clocks: Mapping[str, LocalClock],
    mixed: Mapping[str, int],
) -> dict[str, int]:
    """Count what was noticed in the rows that are kept; `raws` maps columns to their raw values."""
    counts: dict[str, ir.Scalar] = {}
    for column, kind in types.items():
        if column in raws and kind.kind not in ("text", "other"):
            raw = good[raws[column]]
            said = raw.notnull()
            said = said & (raw != "") if raw.type().is_string() else said
            counts[unreadable_as(column, kind)] = (said & good[column].isnull()).sum()
    for column, clock in clocks.items():
        raw, zone = good[raws[column]], spec.time_zone
        again = f"{column} happened twice in {zone}, when clocks went back: taken for the later"
        never = f"{column} never was in {zone}, when clocks went forward: moved on by as much"
        counts |= {
            again: good.count(where=clock.is_repeated(raw)),
            never: good.count(where=clock.is_skipped(raw)),
        }
    for column in sorted(spec.links):
        counts[f"{column} is missing"] = good[column].isnull().sum()
    noticed = good.aggregate(**counts).to_pyarrow().to_pylist()[0] if counts else {}
    for column, others in mixed.items():
        noticed[f"{column} is text, for so many of its values are no numbers"] = others
    if spec.key is None:
        own = good.select(*types)
        noticed["exact copies of another row"] = _count(own) - _count(own.distinct())
    return {fault: int(times) for fault, times in noticed.items() if times}


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
