"""Which baselines a data set has."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Int64
from scipy import sparse

from modalities.boosted import boosted, condense
from modalities.finding import Finding
from modalities.frozen import has_encoder, vectors_of
from modalities.lexical import bm25, overlaps
from modalities.linear import Features, linear
from modalities.nearest import match
from modalities.parts import TEST
from modalities.pictures import describe
from modalities.rows import Rows
from modalities.tfidf import Grams, tfidf

TFIDF, FROZEN = "TF-IDF, linear", "frozen encoder, linear"
_FROZEN_STRENGTHS = (1.0, 4.0, 16.0, 64.0, 256.0)
"""Vectors of length 1 need weights that are larger."""
_PICTURE_STRENGTHS = (0.001, 0.003, 0.01, 0.03)
_DIRECTIONS = 100


def of_sentences(rows: Rows, seeds: int) -> Iterator[Finding]:
    """Words and characters, and a frozen encoder, each with logistic regression."""
    del seeds  # nothing here draws lots
    (column,) = rows.texts
    yield from _of_texts(rows, column, ("words and characters",))


def of_reviews(rows: Rows, seeds: int) -> Iterator[Finding]:
    """Characters wherever they stand, for text without spaces, and a frozen encoder, each with logistic regression."""
    del seeds
    (column,) = rows.texts
    yield from _of_texts(rows, column, ("characters anywhere",))


def of_offers(rows: Rows, seeds: int) -> Iterator[Finding]:
    """TF-IDF and a frozen encoder: for the category, and as the nearness of offers."""
    del seeds
    (column,) = rows.texts
    yield from _of_texts(rows, column, ("words and characters",))
    before = np.flatnonzero(rows.part != TEST)
    yield match(rows, "TF-IDF, cosine", tfidf(rows.text(column), before, "words and characters"))
    if has_encoder():
        yield match(rows, "frozen encoder, cosine", vectors_of(rows.text(column)))


def of_products(rows: Rows, seeds: int) -> Iterator[Finding]:
    """Name alone, picture alone, both in one logistic regression, and LightGBM on columns and the name."""
    names = rows.text("name")
    pictures = describe(rows.columns["picture"].to_pylist())
    years = rows.columns["year"].to_numpy().astype(np.float32)

    @cache
    def seen(allowed: tuple[int, ...]) -> np.ndarray:
        own = pictures[list(allowed)]
        return (pictures - own.mean(axis=0)) / (own.std(axis=0) + 1e-3)

    @cache
    def weighed(allowed: tuple[int, ...]) -> sparse.csr_matrix:
        return tfidf(names, np.array(allowed), "words and characters")

    def both(allowed: Int64[np.ndarray, " row"]) -> sparse.csr_matrix:
        scaled = seen(tuple(allowed)) / np.sqrt(pictures.shape[1])
        return sparse.hstack([weighed(tuple(allowed)), sparse.csr_matrix(scaled)], format="csr")

    def columns(allowed: Int64[np.ndarray, " row"]) -> np.ndarray:
        words = condense(weighed(tuple(allowed)), allowed, _DIRECTIONS)
        return np.column_stack([years, words])

    for task in rows.tasks:
        yield linear(rows, task, TFIDF, {"name": lambda allowed: weighed(tuple(allowed))})
        seen_by: dict[str, Features] = {"edges and colours": lambda allowed: seen(tuple(allowed))}
        yield linear(rows, task, "picture, linear", seen_by, strengths=_PICTURE_STRENGTHS)
        yield linear(rows, task, "TF-IDF and picture, linear", {"both": both})
        yield boosted(rows, task, "columns and TF-IDF, LightGBM", columns, seeds=seeds)
        if has_encoder():
            vectors = vectors_of(names)
            yield linear(
                rows, task, FROZEN, {"vectors": _always(vectors)}, strengths=_FROZEN_STRENGTHS
            )


def of_searches(rows: Rows, seeds: int) -> Iterator[Finding]:
    """BM25, TF-IDF with LightGBM, and a frozen encoder with ridge regression."""
    (task,) = rows.tasks
    searches, titles = rows.text("search"), rows.text("title")

    def scored(allowed: Int64[np.ndarray, " row"]) -> np.ndarray:
        return bm25(searches, titles, allowed)[:, None]

    def columns(allowed: Int64[np.ndarray, " row"]) -> np.ndarray:
        beside = [tfidf(texts, allowed, "words") for texts in (searches, titles)]
        places = [condense(weights, allowed, _DIRECTIONS // 2) for weights in beside]
        return np.column_stack([overlaps(searches, titles, allowed), *places])

    yield linear(rows, task, "BM25, linear", {"BM25": scored})
    yield boosted(rows, task, "TF-IDF, LightGBM", columns, seeds=seeds)
    if has_encoder():
        asked, shown = vectors_of(searches), vectors_of(titles)
        pairs = np.column_stack([asked, shown, np.abs(asked - shown), asked * shown])
        yield linear(rows, task, "frozen encoder, ridge", {"pairs of vectors": _always(pairs)})


def _of_texts(rows: Rows, column: str, kinds: tuple[Grams, ...]) -> Iterator[Finding]:
    texts = rows.text(column)
    weighed: dict[str, Features] = {kind: _weigh(texts, kind) for kind in kinds}
    for task in rows.tasks:
        yield linear(rows, task, TFIDF, weighed)
    if has_encoder():
        vectors = _always(vectors_of(texts))
        for task in rows.tasks:
            yield linear(rows, task, FROZEN, {"vectors": vectors}, strengths=_FROZEN_STRENGTHS)


def _weigh(texts: list[str], kind: Grams) -> Features:
    @cache
    def weigh(allowed: tuple[int, ...]) -> sparse.csr_matrix:
        return tfidf(texts, np.array(allowed), kind)

    return lambda allowed: weigh(tuple(allowed))


def _always(matrix: Any) -> Features:  # noqa: ANN401
    return lambda _: matrix


BASELINES: Mapping[str, Callable[[Rows, int], Iterator[Finding]]] = MappingProxyType(
    {
        "clinc150": of_sentences,
        "bitext": of_sentences,
        "chinese_reviews": of_reviews,
        "fashion_products": of_products,
        "home_depot_search": of_searches,
        "pricerunner": of_offers,
    }
)
"""Data set → from its rows and the number of seeds to what each baseline says, one after the other."""
