"""Which asks a task asks about at all: those for which its WHERE holds, of one of its scenes."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.features import StoredAsks, StoredEvents
from banian.features.condition import where_holds
from banian.spec import RowTaskSpec, TaskSpec
from banian.spec.past import has_query


def find_eligible(
    store: StoredEvents, asks: StoredAsks, tasks: Mapping[str, TaskSpec], scene: pa.Array
) -> dict[str, pa.BooleanArray]:
    """Say for each task of which asks the model learned from tables; null where only a query over tables could tell.

    `tasks` are of one grain, `scene` is that of each ask, as text.
    """
    holds: dict[str | None, pa.BooleanArray] = {None: pa.array(np.ones(len(asks.at), bool))}
    found = {}
    for name, task in tasks.items():
        if task.where not in holds:
            assert task.condition is not None
            holds[task.where] = (
                pa.nulls(len(asks.at), pa.bool_())
                if has_query(task.condition)
                else pa.array(where_holds(store, asks, name, task))
            )
        found[name] = holds[task.where]
        if isinstance(task, RowTaskSpec) and task.scenes:
            found[name] = pc.and_kleene(found[name], pc.is_in(scene, pa.array(task.scenes)))
    return found
