"""Which rows are of the same group, by the nearness of vectors."""

from time import monotonic
from typing import Any

import numpy as np
from jaxtyping import Float32
from sklearn.preprocessing import normalize

from modalities.finding import Finding
from modalities.parts import TEST
from modalities.rows import Rows

_TOP, _AT_ONCE = 10, 512


def match(rows: Rows, name: str, vectors: Any) -> Finding:  # noqa: ANN401
    """Rank the other test rows for each test row by cosine; `vectors` is a matrix of all rows, dense or sparse.

    What a row gets is its recall@10: the share of the rows of its group that are among the ten nearest, or, where the
    group has more than ten others, the share of the ten that are of it.
    """
    start = monotonic()
    task = str(rows.matching)
    tests, judged, others = np.flatnonzero(rows.part == TEST), rows.judged(task), rows.labels(task)
    candidates = normalize(vectors[tests])
    _, group = np.unique(rows.group, return_inverse=True)
    found = np.empty(len(judged), np.float32)
    for at in range(0, len(judged), _AT_ONCE):
        asked = judged[at : at + _AT_ONCE]
        near = _dense(normalize(vectors[asked]) @ candidates.T)
        near[np.arange(len(asked)), np.searchsorted(tests, asked)] = -np.inf  # not itself
        # the earlier of two equally near ones comes first, whatever the library
        nearest = np.argsort(-near, axis=1, kind="stable")[:, :_TOP]
        hits = (group[tests[nearest]] == group[asked][:, None]).sum(axis=1)
        found[at : at + _AT_ONCE] = hits / np.minimum(others[asked], _TOP)
    return Finding(task, name, found[None], {}, monotonic() - start)


def _dense(matrix: Any) -> Float32[np.ndarray, "row candidate"]:  # noqa: ANN401
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, np.float32)
