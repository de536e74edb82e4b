"""Which baselines a data set has."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64
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
_PICTURE_STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03)
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
    """Name alone, picture alone, and LightGBM on the columns and the name."""
    names = rows.text("name")
    pictures = describe(rows.columns["picture"].to_pylist())
    years = rows.columns["year"].to_numpy().astype(np.float32)

    @cache
    def weighed(allowed: tuple[int, ...]) -> sparse.csr_matrix:
        return tfidf(names, np.array(allowed), "words and characters")

    @cache
    def seen(allowed: tuple[int, ...]) -> Float32[np.ndarray, "row 200"]:
        own = pictures[list(allowed)]
        scaled = (pictures - own.mean(axis=0)) / (own.std(axis=0) + 1e-3)
        return condense(scaled, np.array(allowed), 2 * _DIRECTIONS)

    def columns(allowed: Int64[np.ndarray, " row"]) -> Float32[np.ndarray, "row 101"]:
        return np.column_stack(
            [years, condense(weighed(tuple(allowed)), allowed, _DIRECTIONS)]
        ).astype(np.float32)

    words: dict[str, Features] = {"name": lambda allowed: weighed(tuple(allowed))}
    looks: dict[str, Features] = {"edges and colours": lambda allowed: seen(tuple(allowed))}
    for task in rows.tasks:
        yield linear(rows, task, TFIDF, words)
        yield linear(rows, task, "picture, linear", looks, strengths=_PICTURE_STRENGTHS)
        yield boosted(rows, task, "columns and TF-IDF, LightGBM", columns, seeds=seeds)


def of_searches(rows: Rows, seeds: int) -> Iterator[Finding]:
    """BM25, TF-IDF with LightGBM, and a frozen encoder with ridge regression."""
    (task,) = rows.tasks
    searches, titles = rows.text("search"), rows.text("title")

    def scored(allowed: Int64[np.ndarray, " row"]) -> Float32[np.ndarray, "row 1"]:
        return bm25(searches, titles, allowed)[:, None]

    def columns(allowed: Int64[np.ndarray, " row"]) -> Float32[np.ndarray, "row 107"]:
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
