"""All tables of a shop on one engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import final

import ibis.expr.types as ir

from banian.schema import ColumnType
from banian.spec import ShopSpec
from banian.tables.engines import AbstractEngine
from banian.tables.table import Table


@final
@dataclass(frozen=True)
class Database:
    """Clean tables by name, and the rows that were set aside."""

    spec: ShopSpec
    """The spec that the tables were read by."""
    engine: AbstractEngine
    """The engine that holds the tables."""
    tables: Mapping[str, Table]
    """The tables that come from files; derived entities live inside them."""
    quarantine: ir.Table
    """Columns table, reason, row (the raw row as JSON)."""

    @property
    def types(self) -> dict[str, dict[str, ColumnType]]:
        """Table → column → type."""
        return {name: dict(table.types) for name, table in self.tables.items()}

    def latest(self) -> datetime | None:
        """Give the latest time at which any table ends; None where no table has a time."""
        ends = [t.report.last for t in self.tables.values() if t.report.last is not None]
        return datetime.fromisoformat(max(ends)) if ends else None
