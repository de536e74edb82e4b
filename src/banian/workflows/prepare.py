"""From a spec and a folder to examples whose labels have roles; what check and fit share."""

from dataclasses import dataclass
from pathlib import Path
from typing import final

from banian.examples import (
    Examples,
    Roles,
    Supply,
    assign_roles,
    build_examples,
    count_labels,
    infer_kind,
    training_cutoffs,
)
from banian.predictions import check_key_names
from banian.spec import Kind, ShopSpec
from banian.tables import Database, read_database
from banian.workflows.progress import Announce


@final
@dataclass(frozen=True)
class Prepared:
    """Everything that is known before training."""

    database: Database
    examples: Examples
    kinds: dict[str, Kind]
    roles: dict[str, Roles]
    supplies: dict[str, Supply]


def prepare(spec: ShopSpec, data: Path, announce: Announce) -> Prepared:
    """Read the tables, build the examples, say what each label may be used for."""
    database = read_database(spec, data, announce=lambda table: announce(f"reading {table}"))
    cutoffs = training_cutoffs(database)
    examples = build_examples(
        database, cutoffs, announce=lambda grain: announce(f"building examples: {grain}")
    )
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
    return Prepared(database, examples, kinds, roles, count_labels(examples, roles, kinds))
