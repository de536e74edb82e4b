"""Texts as numbers that trees can split: the directions of a truncated singular value decomposition."""

import json

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD

from banian.trees.text_columns import COMPONENTS, TextColumns, fit_text_columns

COLOURS, THINGS = ("red", "blue", "green", "黄色"), ("dress", "shoe", "shirt", "hat", "coat")
TEXTS = [f"a {colour} {thing} no {at}" for at in range(8) for colour in COLOURS for thing in THINGS]


@pytest.fixture(scope="module")
def column() -> pa.ChunkedArray:
    return pa.chunked_array([[*TEXTS, None], ["", None, TEXTS[3]]])


@pytest.fixture(scope="module")
def fitted(column) -> TextColumns:
    return fit_text_columns(column, np.ones(len(column), bool))


def test_the_directions_are_those_of_scikit_learn(fitted):
    bags = fitted.codec.encode(pa.array([*TEXTS, ""]))
    shape = (len(TEXTS) + 1, fitted.codec.size)
    matrix = csr_array((bags.weights, bags.buckets, bags.starts), shape=shape).astype(np.float64)
    oracle = TruncatedSVD(5, algorithm="arpack", random_state=1).fit(matrix).components_
    found = fitted.directions.T[:5]
    np.testing.assert_allclose(np.linalg.svd(oracle @ found.T)[1], 1, atol=1e-3)
    assert fitted.width <= COMPONENTS


def test_texts_without_a_value_are_nan_and_empty_ones_are_zero(fitted, column):
    found = fitted.project(column)
    assert found.shape == (len(column), fitted.width)
    assert np.isnan(found).all(axis=1).tolist() == [text is None for text in column.to_pylist()]
    assert not found[len(TEXTS) + 1].any()
    assert np.array_equal(found[-1], found[3])


def test_only_chosen_rows_are_looked_at(column):
    chosen = np.arange(len(column)) < 40
    whole, part = fit_text_columns(column, chosen), fit_text_columns(column[:40], chosen[:40])
    assert np.array_equal(whole.directions, part.directions)
    assert fit_text_columns(column, np.zeros(len(column), bool)) is None
    assert fit_text_columns(pa.chunked_array([["one", "two"]]), np.ones(2, bool)) is None


def test_what_was_fitted_is_read_back(fitted, column):
    again = TextColumns.from_parts(json.loads(json.dumps(fitted.to_dict())), fitted.arrays())
    assert np.array_equal(again.project(column), fitted.project(column), equal_nan=True)
