"""A clean table: typed rows, and what was found on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import ibis.expr.types as ir

from banian.spec import SourceTableSpec
from banian.tables.column import ColumnType
from banian.tables.quality import TableReport


@final
@dataclass(frozen=True)
class Table:
    """Rows with key, time and links, as one engine expression."""

    name: str
    spec: SourceTableSpec
    rows: ir.Table
    types: Mapping[str, ColumnType]
    """Column → type, derived columns included, sorted by name."""
    report: TableReport
    missing: tuple[str, ...] = ()
    """Columns that the source lacks, though training had them: here they are without values."""
