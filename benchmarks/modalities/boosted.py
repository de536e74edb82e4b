"""LightGBM whose rounds the validation rows choose; then it is trained on these as well, once for each seed."""

from collections.abc import Callable
from time import monotonic
from typing import Any

import lightgbm
import numpy as np
from jaxtyping import Float32, Float64, Int64
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from modalities.finding import Finding
from modalities.parts import TRAIN, VALID
from modalities.rows import Rows

_ROUNDS, _PATIENCE = 300, 10
_SETTINGS = {
    "learning_rate": 0.1,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "num_leaves": 15,
    "min_data_in_leaf": 10,
    "num_threads": 1,
    "deterministic": True,
    "verbosity": -1,
}
_OBJECTIVES = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}


def boosted(
    rows: Rows,
    task: str,
    name: str,
    features: Callable[[Int64[np.ndarray, " row"]], Float32[np.ndarray, "row column"]],
    *,
    seeds: int,
) -> Finding:
    """Choose by the loss of the validation rows, and predict the test rows with every seed.

    `features` takes the rows that may be looked at, and gives a matrix of all rows.
    """
    start = monotonic()
    labels, kind = rows.labels(task), rows.tasks[task].kind
    train, valid = (
        np.flatnonzero((rows.part == which) & ~np.isnan(labels)) for which in (TRAIN, VALID)
    )
    settings: dict[str, Any] = {**_SETTINGS, "objective": _OBJECTIVES[kind]}
    if kind == "multiclass":
        settings["num_class"] = len(rows.classes(task))
    matrix = features(train)
    loss, rounds = _search(settings, matrix, labels, train, valid)
    both, judged = np.sort(np.concatenate([train, valid])), rows.judged(task)
    matrix = features(both)
    said = []
    for seed in range(seeds):
        data = lightgbm.Dataset(matrix[both], labels[both])
        one = settings | {"seed": seed}
        answer = np.asarray(lightgbm.train(one, data, rounds).predict(matrix[judged]))
        said.append(answer.argmax(axis=1) if kind == "multiclass" else answer)
    chosen = {"rounds": rounds, "on validation": round(loss, 5)}
    return Finding(task, name, np.array(said, np.float32), chosen, monotonic() - start)


def _search(
    settings: dict[str, Any],
    matrix: Float32[np.ndarray, "row column"],
    labels: Float64[np.ndarray, " row"],
    train: Int64[np.ndarray, " row"],
    valid: Int64[np.ndarray, " row"],
) -> tuple[float, int]:
    """Give the least loss of the validation rows, and the round in which it was."""
    data = lightgbm.Dataset(matrix[train], labels[train])
    model = lightgbm.train(
        settings | {"seed": 0},
        data,
        _ROUNDS,
        valid_sets=[lightgbm.Dataset(matrix[valid], labels[valid], reference=data)],
        valid_names=["valid"],
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
    )
    (loss,) = model.best_score["valid"].values()
    return float(loss), model.best_iteration


def condense(
    weights: sparse.csr_matrix | Float32[np.ndarray, "row column"],
    fitted_on: Int64[np.ndarray, " row"],
    dim: int,
) -> Float32[np.ndarray, "row dim"]:
    """Give each row its place along the `dim` directions in which the weights of the rows `fitted_on` differ most."""
    svd = TruncatedSVD(dim, n_iter=3, random_state=0).fit(weights[fitted_on])
    return np.asarray(svd.transform(weights), np.float32)
