"""Predictions as one table that every data library reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, final

import pyarrow as pa

from banian.extra import import_library


@final
@dataclass(frozen=True, eq=False, repr=False)
class PredictionTable:
    """What `predict` gives: a row per task and who or what was asked about.

    `pandas`, Polars, DuckDB and whatever else speaks Arrow take it as it is: `polars.DataFrame(predictions)`.

    >>> PredictionTable(pa.table({"task": ["spend"], "value": [12.5]}), {"spend": 1, "again": 0})
    PredictionTable(1 row: spend 1, again 0)
    """

    rows: pa.Table
    """Columns task, the keys, cutoff, scene, value, mean, lower, upper, choice, choices."""
    tasks: Mapping[str, int]
    """Task → its rows, those without any as well."""
    moments: Mapping[str, datetime] = field(default_factory=dict)
    """Task about entities → as of when they are asked, in UTC; rows are asked each at its own time."""
    warnings: tuple[str, ...] = ()
    """What the new data lack beside those of training, and why a task has no rows."""
    quarantine: pa.Table = field(default_factory=lambda: pa.table({}))
    """Rows that were set aside: table, reason, row."""

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        tasks = ", ".join(f"{task} {rows:,}" for task, rows in self.tasks.items())
        warned = f"; {len(self.warnings)} warnings" if self.warnings else ""
        aside = f"; {len(self.quarantine):,} set aside" if len(self.quarantine) else ""
        return f"PredictionTable({len(self):,} row{'s' * (len(self) != 1)}: {tasks}{warned}{aside})"

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the rows to whoever speaks Arrow."""
        return self.rows.__arrow_c_stream__(requested_schema)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:  # noqa: ANN401
        """Give the rows to whoever speaks the dataframe interchange protocol, choices left out: it has no lists."""
        flat = [f.name for f in self.rows.schema if not pa.types.is_nested(f.type)]
        return self.rows.select(flat).__dataframe__(nan_as_null, allow_copy)

    def to_arrow(self) -> pa.Table:
        """Give the rows as an Arrow table."""
        return self.rows

    def to_pandas(self) -> Any:  # noqa: ANN401
        """Give the rows as a DataFrame of pandas.

        Raises:
            DependencyError: pandas is not installed.

        """
        import_library("pandas")
        return self.rows.to_pandas()

    def to_polars(self) -> Any:  # noqa: ANN401
        """Give the rows as a DataFrame of Polars.

        Raises:
            DependencyError: Polars is not installed.

        """
        return import_library("polars").from_arrow(self.rows)
