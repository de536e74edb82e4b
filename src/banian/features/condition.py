"""The condition of a task: of which asks its WHERE holds, from any source."""

import numpy as np
import pyarrow.compute as pc
from jaxtyping import Bool

from banian.features.compiled_tree import evaluate_tree
from banian.features.source import AbstractEventSource, Asks
from banian.spec import TaskSpec
from banian.spec.node import Aggregate
from banian.spec.past import entity_of, has_query


def where_holds(
    source: AbstractEventSource[Asks], asks: Asks, name: str, task: TaskSpec
) -> Bool[np.ndarray, " ask"]:
    """Say for each ask whether the WHERE of a task holds; not where that is unknown.

    The task has one, and no query stands in it: only the tables can answer that.

    Raises:
        SpecError: a column does not exist, or cannot be aggregated so.

    """
    tree = task.condition
    assert tree is not None
    assert not has_query(tree)
    sql = None if isinstance(tree, Aggregate) else source.condition_sql(name)
    found = evaluate_tree(source, asks, entity_of(task), tree, sql, f"tasks.{name}.where")
    return pc.fill_null(found, False).to_numpy()
