"""What was found in a raw table, counted: rows set aside, and faults that do not cost a row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, final

import ibis.expr.types as ir

from banian.schema import times_of
from banian.spec import SourceTableSpec
from banian.tables.engines import AbstractEngine
from banian.tables.local_time import LocalClock


@final
@dataclass(frozen=True)
class TableReport:
    """How many rows came in, how many stayed, and what was noticed in them."""

    read: int
    """Rows in the file."""
    kept: int
    """Rows that the stages after this one see."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Reason → rows in quarantine."""
    noticed: dict[str, int] = field(default_factory=dict)
    """Fault that does not cost the row → how often."""
    first: str | None = None
    """Time of the earliest row kept, of those that do not lie far before all others."""
    last: str | None = None
    """Time of the latest row kept, of those that do not lie far after all others: so far the table reaches."""
    dates_only: bool = False
    """Whether every row kept is of midnight: the file says the day, not the hour."""
    read_as: str | None = None
    """How a text file was read: what stands between and around its values, and its encoding."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)


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
