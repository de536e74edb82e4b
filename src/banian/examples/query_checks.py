"""Check the SQL queries of tasks before anything is computed, by trying them on tables without rows."""

from collections.abc import Iterable

from banian.examples.ask import keys_of
from banian.examples.sql import bind_query
from banian.features.engine_ticks import time_of
from banian.spec import EntityTaskSpec
from banian.spec.node import Sql, windowed_of
from banian.tables import Database


def check_queries(database: Database, tasks: Iterable[str]) -> None:
    """Check the SQL queries of these tasks against the tables.

    Raises:
        SpecError: a query cannot be run.
        LabelError: a query gives other columns than key and value.

    """
    for name in tasks:
        task = database.spec.tasks[name]
        if isinstance(task, EntityTaskSpec):
            for role, node in (("label", task.tree), ("where", task.condition)):
                for part in () if node is None else windowed_of(node):
                    if isinstance(part, Sql):
                        who = keys_of(database, task.for_each)
                        who = who.select("key", cutoff=time_of(who.since)).limit(0)
                        bind_query(database, who, part, f"tasks.{name}.{role}")
