import numpy as np
import pyarrow as pa
import pytest

from banian.features.codecs import ABSENT, FIRST, UNSEEN, Vocabulary, fit_vocabulary


def column(*chunks: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array(list(chunks), pa.string())


@pytest.fixture
def vocabulary() -> Vocabulary:
    return fit_vocabulary(column(["tea"] * 12 + ["salt"] * 30 + ["gold"] * 9 + [None] * 50))


def test_frequent_values_have_the_first_codes(vocabulary):
    assert vocabulary.values == ("salt", "tea")
    codes = vocabulary.encode(column(["salt", "tea"]))
    assert codes.tolist() == [FIRST, FIRST + 1]
    assert codes.max() == vocabulary.size - 1


def test_values_of_fewer_than_ten_rows_count_as_unseen(vocabulary):
    assert vocabulary.encode(column(["gold"])).tolist() == [UNSEEN]


def test_values_that_training_never_met_count_as_unseen(vocabulary):
    assert vocabulary.encode(column(["", "Tea", "🍵"])).tolist() == [UNSEEN] * 3


def test_absent_is_not_unseen_however_often_it_occurs(vocabulary):
    assert vocabulary.encode(column([None])).tolist() == [ABSENT]


def test_an_empty_text_is_a_value_like_any_other():
    fitted = fit_vocabulary(column([""] * 10))
    assert fitted.encode(column(["", None])).tolist() == [FIRST, ABSENT]


def test_equally_frequent_values_stand_in_the_order_of_their_text():
    values = ["pear", "apple", "Ähre", "fig"] * 10 + ["zest"] * 11
    for order in (values, values[::-1]):
        assert fit_vocabulary(column(order)).values == ("zest", "apple", "fig", "pear", "Ähre")


def test_chunks_do_not_matter():
    values = ["b", "a", None] * 20 + ["c"] * 9
    whole, chunked = column(values), column(values[:7], [], values[7:])
    fitted = fit_vocabulary(whole)
    assert fit_vocabulary(chunked) == fitted
    np.testing.assert_array_equal(fitted.encode(chunked), fitted.encode(whole))


@pytest.mark.parametrize("values", [[], [None] * 20, ["rare"] * 9])
def test_an_empty_vocabulary_knows_absent_and_unseen(values):
    fitted = fit_vocabulary(column(values))
    assert fitted == Vocabulary(())
    assert fitted.size == 2
    assert fitted.encode(column(["rare", None])).tolist() == [UNSEEN, ABSENT]


def test_no_rows_have_no_codes(vocabulary):
    assert vocabulary.encode(column()).shape == (0,)


def test_beyond_the_limit_the_rarest_values_count_as_unseen():
    fitted = fit_vocabulary(column(["a"] * 10 + ["b"] * 12 + ["c"] * 11), most=2)
    assert fitted.values == ("b", "c")
