"""How fast trees grow on this machine, tried on a few rounds."""

from time import process_time

import lightgbm as lgb
import numpy as np
from jaxtyping import Bool

from banian.examples import GrainExamples
from banian.trees.columns import fit_columns

_ROWS, _ROUNDS = 20_000, 10
_SETTINGS = {
    "objective": "regression",
    "num_leaves": 31,
    "verbosity": -1,
    "num_threads": 1,
    "force_row_wise": True,
}


def measure_tree_pace(rows: GrainExamples, task: str, training: Bool[np.ndarray, " row"]) -> float:
    """Grow a few trees on at most 20,000 of the marked rows; give the seconds of one core that a round on all takes.

    Time that does not grow with the rows is counted as if it did, so that it is rather too long of many rows.
    """
    index = np.flatnonzero(training)
    few = index[:: -(-len(index) // _ROWS)]
    seen = rows.take(few)
    columns = fit_columns(seen, np.ones(len(few), bool))
    label = rows.label[few, rows.tasks.index(task)]
    data = lgb.Dataset(columns.to_matrix(seen), label, params={"verbosity": -1}).construct()
    booster = lgb.Booster(_SETTINGS, data)
    began = process_time()
    for _ in range(_ROUNDS):
        booster.update()
    return (process_time() - began) / _ROUNDS * len(index) / len(few)
