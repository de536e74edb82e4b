"""From a spec and a folder to examples whose labels have roles; what check and fit share."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pyarrow as pa
import pyarrow.parquet as pq

from banian.examples import (
    Examples,
    Roles,
    Supply,
    assign_roles,
    build_examples,
    count_labels,
    infer_kind,
    load_examples,
    save_examples,
    training_cutoffs,
)
from banian.predictions import check_key_names
from banian.spec import Kind, ShopSpec
from banian.tables import ColumnType, TableReport, read_database
from banian.workflows.cache import NO_CACHE, AbstractCache
from banian.workflows.progress import Announce

_FACTS, _QUARANTINE = "tables.json", "quarantine.parquet"


@final
@dataclass(frozen=True)
class Drawn:
    """What came out of the raw tables."""

    types: dict[str, dict[str, ColumnType]]
    """Table → column → type."""
    reports: dict[str, TableReport]
    quarantine: pa.Table
    """Rows that were set aside: table, reason, row."""
    examples: Examples


@final
@dataclass(frozen=True)
class Prepared:
    """Everything that is known before training."""

    drawn: Drawn
    kinds: dict[str, Kind]
    roles: dict[str, Roles]
    supplies: dict[str, Supply]

    @property
    def examples(self) -> Examples:
        """The rows of every grain."""
        return self.drawn.examples


def prepare(
    spec: ShopSpec, data: Path, announce: Announce, *, cache: AbstractCache = NO_CACHE
) -> Prepared:
    """Read the tables, build the examples, say what each label may be used for."""
    drawn = cache.recall("examples", lambda: _draw(spec, data, announce), _save, _load)
    examples = drawn.examples
    kinds = {
        task: infer_kind(task, spec.tasks[task], rows.label[:, at])
        for rows in examples.grains.values()
        for at, task in enumerate(rows.tasks)
    }
    for rows in examples.grains.values():
        for task in rows.tasks:
            check_key_names(task, rows.keys.column_names)
    roles = {
        grain: assign_roles(
            rows, spec.split, calibrate=any(kinds[task] == "binary" for task in rows.tasks)
        )
        for grain, rows in examples.grains.items()
    }
    return Prepared(drawn, kinds, roles, count_labels(examples, roles, kinds))


def _draw(spec: ShopSpec, data: Path, announce: Announce) -> Drawn:
    database = read_database(spec, data, announce=lambda table: announce(f"reading {table}"))
    cutoffs = training_cutoffs(database)
    examples = build_examples(
        database, cutoffs, announce=lambda grain: announce(f"building examples: {grain}")
    )
    reports = {name: table.report for name, table in database.tables.items()}
    return Drawn(database.types, reports, database.quarantine.to_pyarrow(), examples)


def _save(drawn: Drawn, folder: Path) -> None:
    facts = {
        "types": {
            table: {column: kind.to_dict() for column, kind in types.items()}
            for table, types in drawn.types.items()
        },
        "reports": {name: report.to_dict() for name, report in drawn.reports.items()},
    }
    (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
    pq.write_table(drawn.quarantine, folder / _QUARANTINE)
    save_examples(drawn.examples, folder)


def _load(folder: Path) -> Drawn:
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return Drawn(
        types={
            table: {column: ColumnType(**kind) for column, kind in types.items()}
            for table, types in facts["types"].items()
        },
        reports={name: TableReport(**report) for name, report in facts["reports"].items()},
        quarantine=pq.read_table(folder / _QUARANTINE),
        examples=load_examples(folder),
    )
