"""CLINC150: 150 intents in 10 domains and questions out of their scope, split as shipped."""

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from modalities.parts import TEST, TRAIN, VALID
from modalities.rows import Rows, Task

_OUTSIDE = "oos"
_PARTS = {
    "train": TRAIN,
    "oos_train": TRAIN,
    "val": VALID,
    "oos_val": VALID,
    "test": TEST,
    "oos_test": TEST,
}


def read(public: Path) -> Rows:
    """Read the questions with their intent, their domain, and whether they are out of scope."""
    folder = public / "clinc150"
    shipped = json.loads(gzip.decompress((folder / "data_full.json.gz").read_bytes()))
    domains = json.loads((folder / "domains.json").read_text(encoding="utf-8"))
    domain_of = {intent: domain for domain, intents in domains.items() for intent in intents}
    asked = [(*pair, _PARTS[part]) for part in _PARTS for pair in shipped[part]]
    texts, intents, parts = zip(*asked, strict=True)
    columns = {
        "question": pa.array(texts),
        "intent": pa.array(intents),
        "domain": pa.array([domain_of.get(intent, _OUTSIDE) for intent in intents]),
        "out_of_scope": pa.array([intent == _OUTSIDE for intent in intents]),
    }
    classes = Task("multiclass", ("accuracy", "macro_f1"), "log_loss")
    return Rows(
        "clinc150",
        pa.table(columns),
        {"intent": classes, "domain": classes, "out_of_scope": Task("binary", ("auc",), "auc")},
        np.array(parts, np.int8),
        np.arange(len(texts)),
        texts=("question",),
    )
