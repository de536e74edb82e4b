"""A clean table: typed rows, and what was found on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.schema import ColumnType
from banian.spec import SourceTableSpec
from banian.tables.quality import TableReport


@final
@dataclass(frozen=True)
class Table:
    """Rows with key, time and links, as one engine expression."""

    name: str
    """Its name in the spec."""
    spec: SourceTableSpec
    """What the spec declares of it."""
    rows: ir.Table
    """The typed rows, with POSITION."""
    types: Mapping[str, ColumnType]
    """Column → type, derived columns included, sorted by name."""
    report: TableReport
    """How many rows were read, kept and set aside, and what was noticed."""
    stored: Mapping[str, dt.DataType] = field(default_factory=dict)
    """Column → its type in the source, before it was read as what it holds."""
    missing: tuple[str, ...] = ()
    """Columns that the source lacks, though training had them: here they are without values."""

    @property
    def names(self) -> frozenset[str]:
        """The columns that hold keys and links."""
        return frozenset(column for column, kind in self.types.items() if kind.is_name)
