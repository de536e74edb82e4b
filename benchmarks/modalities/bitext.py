"""Bitext: what customers ask a service, 27 intents in 11 categories, of two releases that overlap."""

import csv
import gzip
import re
from pathlib import Path

import numpy as np
import pyarrow as pa

from modalities.parts import parts_by_group
from modalities.rows import Rows, Task

_FILES = ("bitext_v1_gpt35.csv.gz", "bitext_v2.csv.gz")
_NO_LETTER = re.compile(r"[\W\d_]+")


def read(public: Path) -> Rows:
    """Read each different question once; those that are one but for case, digits and marks stay together."""
    found: dict[str, tuple[str, str]] = {}
    for name in _FILES:
        with gzip.open(public / "bitext" / name, "rt", encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                found.setdefault(row["instruction"], (row["intent"], row["category"]))
    intents, categories = zip(*found.values(), strict=True)
    groups = [_NO_LETTER.sub(" ", text.lower()).strip() for text in found]
    classes = Task("multiclass", ("accuracy", "macro_f1"), "log_loss")
    return Rows(
        "bitext",
        pa.table({"instruction": list(found), "intent": intents, "category": categories}),
        {"intent": classes, "category": classes},
        parts_by_group(groups),
        np.array(groups),
        texts=("instruction",),
    )
