import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from modalities.boosted import boosted, condense
from modalities.linear import linear
from modalities.nearest import match
from modalities.parts import TEST
from modalities.pictures import describe
from modalities.tfidf import tfidf
from modality_rows import decided_by_a_word
from PIL import Image


def _words(rows):
    return {"words": lambda allowed: tfidf(rows.text("text"), allowed, "words")}


def test_what_a_word_decides_is_learned():
    rows = decided_by_a_word()
    for task, worst in (("kind", 0.0), ("good", 0.5), ("price", 0.2)):
        found = linear(rows, task, "words", _words(rows))
        label = rows.labels(task)[rows.judged(task)]
        assert np.abs(found.said - label).max() <= worst
    found = boosted(rows, "kind", "size and words", _condensed(rows), seeds=2)
    assert found.said.shape == (2, len(rows.judged("kind")))
    assert (found.said == rows.labels("kind")[rows.judged("kind")]).all()


def _condensed(rows):
    weights = tfidf(rows.text("text"), np.arange(len(rows.part)), "words")
    return lambda allowed: condense(weights, allowed, 4)


def test_labels_of_test_rows_change_nothing():
    rows = decided_by_a_word()
    prices = np.where(rows.part == TEST, 99.0, rows.columns["price"].to_numpy())
    other = replace(rows, columns=rows.columns.set_column(4, "price", pa.array(prices)))
    assert np.array_equal(
        linear(rows, "price", "words", _words(rows)).said,
        linear(other, "price", "words", _words(other)).said,
    )
    assert np.array_equal(
        boosted(rows, "price", "words", _condensed(rows), seeds=1).said,
        boosted(other, "price", "words", _condensed(other), seeds=1).said,
    )


def test_recall_is_what_each_row_finds_of_its_group_when_all_are_compared():
    rows = decided_by_a_word(300, matching="same")
    vectors = np.random.default_rng(0).normal(size=(300, 3))
    tests = np.flatnonzero(rows.part == TEST)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = []
    for row in tests:
        others = [other for other in tests if other != row]
        nearest = sorted(others, key=lambda other: -unit[row] @ unit[other])[:10]
        same = sum(rows.group[other] == rows.group[row] for other in others)
        if same:
            wanted.append(sum(rows.group[o] == rows.group[row] for o in nearest) / min(same, 10))
    assert match(rows, "by chance", vectors).said[0] == pytest.approx(wanted)
    alike = np.eye(300)[[at - at % 2 for at in range(300)]]
    assert (match(rows, "the group itself", alike).said == 1).all()


def _png(pixels):
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


def test_a_plain_picture_has_one_colour_in_each_quarter_and_no_edges():
    red = np.zeros((30, 40, 3), np.uint8)
    red[..., 0] = 255
    (found,) = describe([_png(red)])
    edges, colours = found[:-256], found[-256:].reshape(4, 64)
    assert edges.max() == 0
    assert (colours.argmax(axis=1) == 3 * 16).all()
    assert np.square(colours).sum(axis=1) == pytest.approx(1)


def test_a_turned_picture_has_its_edges_in_the_other_direction():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = 255
    lying, standing = describe([_png(stripes.swapaxes(0, 1).copy()), _png(stripes)])
    by_direction = [one[:-256].reshape(-1, 9).sum(axis=0) for one in (lying, standing)]
    assert by_direction[1].argmax() == 0  # a gradient to the right
    assert by_direction[0].argmax() in (4, 5)  # one down
