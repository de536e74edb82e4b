"""Which column may say how much the rows of a task count."""

from collections.abc import Mapping

from banian.spec.dependence import DependenceSpec, ESMMSpec
from banian.spec.node import columns_of
from banian.spec.table import DerivedTableSpec, TableSpec
from banian.spec.task import RowTaskSpec, TaskSpec


def check_weight(
    name: str,
    tasks: Mapping[str, TaskSpec],
    tables: Mapping[str, TableSpec],
    dependence: DependenceSpec,
) -> None:
    """Hold a task's weight against the table that is to have it; the table and a given task are there.

    Raises:
        ValueError: no such column can say it, or tasks that learn from the same rows weigh them unlike.

    """
    task, where = tasks[name], f"tasks.{name}.weight"
    if task.given is not None and isinstance(dependence, ESMMSpec):
        first = tasks[task.given].weight
        if first != task.weight:
            raise ValueError(
                f"{where}: with dependence: esmm the tasks of a chain learn from the same rows, so they weigh them "
                f"alike: {task.given!r} has {first or 'no weight'}, and {name!r} {task.weight or 'none'}"
            )
    if task.weight is None:
        return
    home = task.rows if isinstance(task, RowTaskSpec) else task.for_each
    table = tables[home]
    if isinstance(table, DerivedTableSpec):
        raise ValueError(
            f"{where}: {home!r} has no columns of its own, such as {task.weight!r}. Give it a table that has: "
            f"tables.{home}: {{source: FILE, key: {table.key}}}"
        )
    if task.weight in table.ignore:
        raise ValueError(f"{where}: {home} ignores {task.weight!r}. Leave it out of ignore")
    if task.weight in (table.key, table.time, table.scene, *table.links):
        raise ValueError(
            f"{where}: {task.weight!r} is the key, time, link or scene of {home}. Name a column of numbers"
        )
    if not task.is_windowed and task.weight in columns_of(task.tree):
        raise ValueError(
            f"{where}: {task.weight!r} is the label. Name a column that is known with its row"
        )
