"""The dataset of a shop: examples and facts of its tables as they came out of the raw files, in memory and on disk."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import pyarrow as pa
import pyarrow.parquet as pq

from banian.examples import Examples, load_examples, save_examples
from banian.schema import ColumnProfile, ColumnType
from banian.tables import TableReport

_FACTS, _QUARANTINE = "tables.json", "quarantine.parquet"


@final
@dataclass(frozen=True)
class Dataset:
    """Examples, and what is known of the tables that they were built from."""

    types: dict[str, dict[str, ColumnType]]
    """Table → column → type."""
    reports: dict[str, TableReport]
    """Table → what was read, repaired and set aside."""
    quarantine: pa.Table
    """Rows that were set aside: table, reason, row."""
    examples: Examples
    """The rows of every grain, with features and labels."""
    profiles: dict[str, dict[str, ColumnProfile]] = field(default_factory=dict)
    """Table → column → what it looked like; empty where only the examples were asked for."""


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write a dataset into an empty folder."""
    facts = {
        "types": {
            table: {column: kind.to_dict() for column, kind in types.items()}
            for table, types in dataset.types.items()
        },
        "reports": {name: report.to_dict() for name, report in dataset.reports.items()},
        "profiles": {
            table: {column: profile.to_dict() for column, profile in columns.items()}
            for table, columns in dataset.profiles.items()
        },
    }
    (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
    pq.write_table(dataset.quarantine, folder / _QUARANTINE)
    save_examples(dataset.examples, folder)


def load_dataset(folder: Path) -> Dataset:
    """Read what `save_dataset` wrote."""
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return Dataset(
        types={
            table: {column: ColumnType(**kind) for column, kind in types.items()}
            for table, types in facts["types"].items()
        },
        reports={name: TableReport(**report) for name, report in facts["reports"].items()},
        quarantine=pq.read_table(folder / _QUARANTINE),
        examples=load_examples(folder),
        profiles={
            table: {column: ColumnProfile.from_dict(found) for column, found in columns.items()}
            for table, columns in facts["profiles"].items()
        },
    )
