"""Which asks a task asks about at all: those for which its WHERE holds, of one of its scenes."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features import StoredAsks, StoredEvents
from banian.features.condition import where_holds
from banian.spec import RowTaskSpec, TaskSpec
from banian.spec.past import has_query


def find_eligible(
    store: StoredEvents, asks: StoredAsks, name: str, task: TaskSpec, scene: pa.Array
) -> pa.BooleanArray:
    """Say for each ask whether the model learned of such from tables; null where only a query over tables could tell.

    `scene` is that of each ask, as text.
    """
    if task.condition is None:
        found = pa.array(np.ones(len(asks.at), bool))
    elif has_query(task.condition):
        found = pa.nulls(len(asks.at), pa.bool_())
    else:
        found = pa.array(where_holds(store, asks, name, task))
    if isinstance(task, RowTaskSpec) and task.scenes:
        found = pc.and_kleene(found, pc.is_in(scene, pa.array(task.scenes)))
    return found
