"""How far the words of a search are those of a title.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends in
Information Retrieval 3, 2009.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Int64

from modalities.tfidf import Grams, tfidf

_WORD = re.compile(r"\w+")
_SATURATION, _LENGTH = 1.2, 0.75


def bm25(
    searches: Sequence[str], titles: Sequence[str], fitted_on: Int64[np.ndarray, " row"]
) -> Float32[np.ndarray, " row"]:
    """Score each title for the search beside it; how rare words are, the different titles of `fitted_on` say."""
    words = {title: _WORD.findall(title.lower()) for title in set(titles)}
    known = {titles[at] for at in fitted_on}
    frequency = Counter(word for title in known for word in set(words[title]))
    mean_length = float(np.mean([len(words[title]) for title in known]))
    scores = np.zeros(len(titles), np.float32)
    for row, (search, title) in enumerate(zip(searches, titles, strict=True)):
        counts = Counter(words[title])
        long = 1 - _LENGTH + _LENGTH * len(words[title]) / mean_length
        for word in set(_WORD.findall(search.lower())):
            there = counts[word]
            rarity = np.log1p((len(known) - frequency[word] + 0.5) / (frequency[word] + 0.5))
            scores[row] += rarity * there * (_SATURATION + 1) / (there + _SATURATION * long)
    return scores


def overlaps(
    searches: Sequence[str], titles: Sequence[str], fitted_on: Int64[np.ndarray, " row"]
) -> Float32[np.ndarray, "row 7"]:
    """Give BM25, the cosines of the weights of words and of characters, and how many words there are and are shared."""
    kinds: tuple[Grams, ...] = ("words", "characters")
    cosines = [_cosine(searches, titles, fitted_on, kind) for kind in kinds]
    asked = [set(_WORD.findall(search.lower())) for search in searches]
    there = [set(_WORD.findall(title.lower())) for title in titles]
    shared = [len(a & b) for a, b in zip(asked, there, strict=True)]
    lengths = [len(words) for words in asked]
    columns = [
        bm25(searches, titles, fitted_on),
        *cosines,
        shared,
        lengths,
        [len(words) for words in there],
        np.array(shared) / np.maximum(lengths, 1),
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _cosine(
    searches: Sequence[str],
    titles: Sequence[str],
    fitted_on: Int64[np.ndarray, " row"],
    kind: Grams,
) -> Float32[np.ndarray, " row"]:
    beside = fitted_on + len(searches)
    weights = tfidf([*searches, *titles], np.concatenate([fitted_on, beside]), kind)
    products = weights[: len(searches)].multiply(weights[len(searches) :])
    return np.asarray(products.sum(axis=1), np.float32).ravel()
