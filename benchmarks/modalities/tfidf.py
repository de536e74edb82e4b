"""Texts as TF-IDF weights of words and of characters."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Int64
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

Grams = Literal["words", "words and characters", "characters", "characters anywhere"]
_MOST = 60_000
"""Grams of a kind, the most frequent."""


def tfidf(
    texts: Sequence[str], fitted_on: Int64[np.ndarray, " row"], grams: Grams
) -> sparse.csr_matrix:
    """Weigh the grams of all texts; which there are, and how rare they are, the rows `fitted_on` say.

    Words are one or two, characters two to four within a word; `characters anywhere`, for scripts without spaces, one
    to three.
    """
    known = [texts[at] for at in fitted_on]
    vectorizers = [_build(kind) for kind in grams.split(" and ")]
    parts = [vectorizer.fit(known).transform(texts) for vectorizer in vectorizers]
    return sparse.csr_matrix(sparse.hstack(parts, format="csr"), dtype=np.float32)


def _build(kind: str) -> TfidfVectorizer:
    analyzer, lengths = {
        "words": ("word", (1, 2)),
        "characters": ("char_wb", (2, 4)),
        "characters anywhere": ("char", (1, 3)),
    }[kind]
    pattern = {"token_pattern": r"(?u)\b\w+\b"} if analyzer == "word" else {}
    return TfidfVectorizer(
        analyzer=analyzer,
        ngram_range=lengths,
        min_df=2,
        max_features=_MOST,
        sublinear_tf=True,
        dtype=np.float32,
        **pattern,
    )
