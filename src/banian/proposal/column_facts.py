"""What the columns of a table hold, counted once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import ibis
import ibis.expr.types as ir

from banian.tables import Table

_FEW = 8
"""Up to so many values are listed."""
_NEWEST = 0.1


@final
@dataclass(frozen=True)
class ColumnFacts:
    """What one column of a table holds."""

    kind: Literal["text", "whole", "decimal", "float", "boolean", "time", "other"]
    rows: int
    """Of the table."""
    known: int
    """Rows in which it is not missing."""
    distinct: int
    """Different values."""
    least: float | None = None
    """Of a number, as `most` and the counts of rows below."""
    most: float | None = None
    below_zero: int = 0
    at_zero: int = 0
    fractions: int = 0
    """Rows in which it is no whole number."""
    missing_newest: float = 0.0
    """Share that is missing among the newest tenth of the rows."""
    missing_older: float = 0.0
    """Share that is missing among the others."""
    values: Mapping[str, int] | None = None
    """Value → rows, the most frequent first, where there are at most eight of a text."""

    @property
    def is_number(self) -> bool:
        """Whether one can compute with it."""
        return self.kind in ("whole", "decimal", "float")


def collect_facts(table: Table) -> dict[str, ColumnFacts]:
    """Map every column of a table to what it holds; one query counts, and one more per text of few values."""
    rows = table.rows
    measures: dict[str, ir.Scalar] = {"rows": rows.count()}
    newest = _newest(table)
    if newest is not None:
        measures["newest"] = newest.sum()
    for at, (name, kind) in enumerate(table.types.items()):
        column = rows[name]
        measures |= {f"known {at}": column.count(), f"distinct {at}": column.nunique()}
        if newest is not None:
            measures[f"newest {at}"] = (newest & column.isnull()).sum()
        if kind.is_number:
            measures |= {
                f"least {at}": column.min().cast("float64"),
                f"most {at}": column.max().cast("float64"),
                f"below {at}": (column < 0).sum(),
                f"zero {at}": (column == 0).sum(),
                f"fractions {at}": (column.cast("float64") % 1 != 0).sum(),
            }
    found = rows.aggregate(**measures).to_pyarrow().to_pylist()[0]
    return {
        name: _facts(table, name, at, found, kind.kind)
        for at, (name, kind) in enumerate(table.types.items())
    }


def _newest(table: Table) -> ir.BooleanColumn | None:
    time = table.spec.time
    if time is None:
        return None
    tick = table.rows[time].epoch_seconds()
    since = tick.quantile(1 - _NEWEST).to_pyarrow().as_py()
    return tick > since


def _facts(table: Table, name: str, at: int, found: dict[str, Any], kind: Any) -> ColumnFacts:  # noqa: ANN401
    rows, known = found["rows"], found[f"known {at}"]
    newest = found.get("newest") or 0
    missing = found.get(f"newest {at}") or 0
    values = None
    if kind == "text" and 2 <= found[f"distinct {at}"] <= _FEW:
        counted = table.rows.filter(table.rows[name].notnull()).group_by(name).agg(n=ibis._.count())
        listed = counted.order_by(ibis.desc("n"), name).to_pyarrow().to_pylist()
        values = {row[name]: row["n"] for row in listed}
    return ColumnFacts(
        kind=kind,
        rows=rows,
        known=known,
        distinct=found[f"distinct {at}"],
        least=found.get(f"least {at}"),
        most=found.get(f"most {at}"),
        below_zero=found.get(f"below {at}") or 0,
        at_zero=found.get(f"zero {at}") or 0,
        fractions=found.get(f"fractions {at}") or 0,
        missing_newest=missing / newest if newest else 0.0,
        missing_older=(rows - known - missing) / (rows - newest) if rows > newest else 0.0,
        values=values,
    )
