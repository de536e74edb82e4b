"""What became of one file: its table, as tests look at it."""

from dataclasses import dataclass
from typing import Any

from banian.tables import POSITION, Database, Table


@dataclass
class Found:
    """What became of one file."""

    database: Database

    @property
    def table(self) -> Table:
        return self.database.tables["events"]

    def kinds(self) -> dict[str, str]:
        return {name: kind.kind for name, kind in self.table.types.items()}

    def column(self, name: str) -> list[Any]:
        rows = self.table.rows
        return rows.order_by(POSITION)[name].to_pyarrow().to_pylist()

    def quarantine(self) -> list[tuple[str, str]]:
        rows = self.database.quarantine.to_pyarrow().to_pylist()
        assert {row["table"] for row in rows} <= {"events"}
        return sorted((row["reason"], row["row"]) for row in rows)
