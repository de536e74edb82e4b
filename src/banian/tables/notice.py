"""Faults that do not cost a row, counted."""

from collections.abc import Mapping

import ibis.expr.types as ir

from banian.schema import times_of
from banian.spec import SourceTableSpec
from banian.tables.engines import AbstractEngine
from banian.tables.local_time import LocalClock


def count_faults(
    engine: AbstractEngine,
    spec: SourceTableSpec,
    good: ir.Table,
    columns: tuple[str, ...],
    clocks: Mapping[str, LocalClock],
    raw: str,
) -> dict[str, int]:
    """Count what was noticed in the rows that are kept; raw times are called `raw` and their name."""
    counts: dict[str, ir.Scalar] = {}
    for column in times_of(spec):
        written = good[raw + column]
        said = written.notnull()
        said = said & (written != "") if written.type().is_string() else said
        counts[f"{column} is not a time"] = (said & good[column].isnull()).sum()
    for column, clock in clocks.items():
        written, zone = good[raw + column], spec.time_zone
        again = f"{column} happened twice in {zone}, when clocks went back: taken for the later"
        never = f"{column} never was in {zone}, when clocks went forward: moved on by as much"
        counts |= {
            again: good.count(where=clock.is_repeated(written)),
            never: good.count(where=clock.is_skipped(written)),
        }
    for column in sorted(spec.links):
        counts[f"{column} is missing"] = good[column].isnull().sum()
    noticed = good.aggregate(**counts).to_pyarrow().to_pylist()[0] if counts else {}
    if spec.key is None:
        own = engine.pick(good, columns)
        noticed["exact copies of another row"] = _count(own) - _count(own.distinct())
    return {fault: int(times) for fault, times in noticed.items() if times}


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
