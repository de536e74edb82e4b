"""check: what is in the tables, and what can be learned from them."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, final

from banian.examples import Supply
from banian.spec import ShopSpec
from banian.tables import TableReport
from banian.workflows.prepare import prepare
from banian.workflows.progress import Announce, silence


@final
@dataclass(frozen=True)
class CheckReport:
    """What was found."""

    tables: dict[str, TableReport]
    tasks: dict[str, Supply]
    features: dict[str, dict[str, list[str]]]
    """Grain → entity → names of its features."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {
            "tables": {name: table.to_dict() for name, table in self.tables.items()},
            "tasks": {name: task.to_dict() for name, task in self.tasks.items()},
            "features": self.features,
        }


def check(
    spec: ShopSpec, data: str | PathLike[str], *, announce: Announce = silence
) -> CheckReport:
    """Read the tables, build the examples, and count; nothing is written and nothing trained.

    Raises:
        BanianError: what `fit` would refuse.

    """
    prepared = prepare(spec, Path(data), announce)
    return CheckReport(
        tables=prepared.drawn.reports,
        tasks=prepared.supplies,
        features={
            grain: {entity: seen.columns.column_names for entity, seen in rows.entities.items()}
            for grain, rows in prepared.examples.grains.items()
        },
    )
