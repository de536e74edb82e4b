"""Rows that a word in their text decides."""

import numpy as np
import pyarrow as pa
from modalities.parts import parts_by_group
from modalities.rows import Rows, Task

CLASSES = Task("multiclass", ("accuracy", "macro_f1"), "log_loss")


def decided_by_a_word(rows: int = 200, *, matching: str | None = None) -> Rows:
    """Give rows of which every third says `apple`, is of class `fruit` and true, and costs 2, the others 1."""
    is_fruit = np.arange(rows) % 3 == 0
    texts = [f"{'apple' if yes else 'brick'} number {at}" for at, yes in enumerate(is_fruit)]
    columns = {
        "text": texts,
        "size": np.arange(rows, dtype=np.float64),
        "kind": [
            None if at == 7 else "fruit" if yes else "stone" for at, yes in enumerate(is_fruit)
        ],
        "good": is_fruit,
        "price": 1.0 + is_fruit,
    }
    groups = [f"g{at // 2}" for at in range(rows)]
    return Rows(
        "fruit",
        pa.table(columns),
        {
            "kind": CLASSES,
            "good": Task("binary", ("auc",), "auc"),
            "price": Task("regression", ("rmse", "ndcg"), "rmse"),
        },
        parts_by_group(groups),
        np.array(groups),
        texts=("text",),
        matching=matching,
    )
