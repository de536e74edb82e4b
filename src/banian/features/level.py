"""The trailing level: what a task's label came to in the same windows before each ask."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float

from banian.features.asks import OWN
from banian.features.compiled_sql import evaluate_sql
from banian.features.look_back import look_back
from banian.features.source import AbstractEventSource, Asks
from banian.spec import TaskSpec
from banian.spec.node import Aggregate, columns_of, windowed_of
from banian.spec.past import entity_of, level_of

ASKS, WINDOW = "asks", "window "
"""The table that the SQL of a level reads, and how its columns of windows begin; those of rows begin with OWN."""


def build_level(
    source: AbstractEventSource[Asks], asks: Asks, name: str, task: TaskSpec
) -> Float[np.ndarray, " ask"]:
    """Measure the label's own windows mirrored to before each ask; 0 where there is none, or no number."""
    tree, rows = level_of(task), source.count(asks)
    sql = None if tree is None or isinstance(tree, Aggregate) else source.level_sql(name)
    if tree is None or (sql is None and not isinstance(tree, Aggregate)):
        return np.zeros(rows)
    windows = [part for part in windowed_of(tree) if isinstance(part, Aggregate)]
    found = look_back(source, asks, entity_of(task), windows, f"tasks.{name}.label")
    if sql is not None:
        own = source.own(asks, sorted(columns_of(tree)))
        values = {WINDOW + str(at): one for at, one in enumerate(found)}
        values |= {OWN + column: own[column] for column in own.column_names}
        values["ask"] = pa.array(np.arange(rows))
        ordered = f"SELECT value FROM ({sql}) ORDER BY ask"
        level = evaluate_sql(ordered, ASKS, pa.table(values))["value"]
    elif pa.types.is_floating(found[0].type):
        level = found[0]
    else:
        return np.zeros(rows)
    numbers = pc.fill_null(level, 0.0).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(numbers), numbers, 0.0)
