"""The trailing level: what a task's label came to in the same windows before each ask."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float

from banian.features.compiled_tree import evaluate_tree
from banian.features.source import AbstractEventSource, Asks
from banian.spec import TaskSpec
from banian.spec.node import Aggregate
from banian.spec.past import entity_of, level_of


def build_level(
    source: AbstractEventSource[Asks], asks: Asks, name: str, task: TaskSpec
) -> Float[np.ndarray, " ask"]:
    """Measure the label's own windows mirrored to before each ask; 0 where there is none, or no number."""
    tree = level_of(task)
    sql = None if tree is None or isinstance(tree, Aggregate) else source.level_sql(name)
    if tree is None or (sql is None and not isinstance(tree, Aggregate)):
        return np.zeros(source.count(asks))
    level = evaluate_tree(source, asks, entity_of(task), tree, sql, f"tasks.{name}.label")
    if not pa.types.is_floating(level.type):
        return np.zeros(len(level))
    numbers = pc.fill_null(level, 0.0).to_numpy()
    return np.where(np.isfinite(numbers), numbers, 0.0)
