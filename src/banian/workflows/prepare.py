"""From a spec and a folder to examples whose labels have roles; what check and fit share."""

from collections.abc import Callable
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
from banian.tables import read_database
from banian.workflows.drawn import Drawn
from banian.workflows.progress import Announce

Recall = Callable[[Callable[[], Drawn]], Drawn]
"""Gives what comes out of the raw tables: drawn now, or earlier from the same."""


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
    spec: ShopSpec, data: Path, announce: Announce, *, recall: Recall = lambda draw: draw()
) -> Prepared:
    """Read the tables, build the examples, say what each label may be used for."""
    drawn = recall(lambda: _draw(spec, data, announce))
    examples = drawn.examples
    kinds = {
        task: infer_kind(
            task,
            spec.tasks[task],
            rows.label[:, at],
            named=task in rows.classes,
            listed=task in rows.items,
        )
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
