import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features.codecs import ABSENT, FIRST, UNSEEN, Vocabulary, fit_vocabulary


def column(*chunks: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array(list(chunks), pa.string())


@pytest.fixture
def vocabulary() -> Vocabulary:
    return fit_vocabulary(column(["tea"] * 12 + ["salt"] * 30 + ["gold"] * 9 + [None] * 50))


def test_frequent_values_have_the_first_codes(vocabulary):
    assert vocabulary.values.to_pylist() == ["salt", "tea"]
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
    expected = ["zest", "apple", "fig", "pear", "Ähre"]
    for order in (values, values[::-1]):
        assert fit_vocabulary(column(order)).values.to_pylist() == expected


def test_chunks_do_not_matter():
    values = ["b", "a", None] * 20 + ["c"] * 9
    whole, chunked = column(values), column(values[:7], [], values[7:])
    fitted = fit_vocabulary(whole)
    assert fit_vocabulary(chunked) == fitted
    np.testing.assert_array_equal(fitted.encode(chunked), fitted.encode(whole))


@pytest.mark.parametrize("values", [[], [None] * 20, ["rare"] * 9])
def test_an_empty_vocabulary_knows_absent_and_unseen(values):
    fitted = fit_vocabulary(column(values))
    assert fitted == Vocabulary(pa.array([], pa.string()))
    assert fitted.size == 2
    assert fitted.encode(column(["rare", None])).tolist() == [UNSEEN, ABSENT]


def test_no_rows_have_no_codes(vocabulary):
    assert vocabulary.encode(column()).shape == (0,)


def test_beyond_the_limit_the_rarest_values_count_as_unseen():
    fitted = fit_vocabulary(column(["a"] * 10 + ["b"] * 12 + ["c"] * 11), most=2)
    assert fitted.values.to_pylist() == ["b", "c"]


def test_a_value_is_forgotten_after_so_many_updates_without_it_and_leaves_its_code():
    known = fit_vocabulary(column(["tea"] * 12 + ["salt"] * 11 + ["gold"] * 10))
    for rows in (["salt"], ["tea", "salt"]):
        known = known.update(column(rows), forget_after=3)
    assert known.values.to_pylist() == ["tea", "salt", "gold"]
    assert known.idle.tolist() == [0, 0, 2]
    assert known != fit_vocabulary(column(["tea"] * 12 + ["salt"] * 11 + ["gold"] * 10))
    gone = known.update(column(["salt", "tea"]), forget_after=3)
    assert gone.values.to_pylist() == ["tea", "salt", None]
    assert gone.encode(column(["tea", "salt", "gold", None])).tolist() == [2, 3, UNSEEN, ABSENT]
    assert known.changed_codes(gone).tolist() == [4]
    filled = gone.update(column(["milk"] * 2 + ["rice"] * 3), fewest=2, forget_after=3)
    assert filled.values.to_pylist() == ["tea", "salt", "rice", "milk"]
    assert filled.idle.tolist() == [1, 1, 0, 0]
    assert gone.changed_codes(filled).tolist() == [4]
    assert filled.changed_codes(filled).tolist() == []


rows = st.lists(st.sampled_from([None, "", "tea", "salt", "gold", "milk", "日本"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rows, max_size=8),
    st.integers(1, 3),
    st.integers(1, 3),
    st.one_of(st.none(), st.integers(1, 4)),
)
def test_any_updates_leave_kept_values_their_codes_and_use_free_ones_first(
    updates, fewest, forget_after, most
):
    """Held against a dictionary of code and idle updates."""
    vocabulary, known = fit_vocabulary(column()), {}
    for values in updates:
        vocabulary = vocabulary.update(
            column(values), fewest=fewest, most=most, forget_after=forget_after
        )
        counts = {value: values.count(value) for value in values if value is not None}
        known = {
            value: (code, 0 if value in counts else idle + 1)
            for value, (code, idle) in known.items()
            if value in counts or idle + 1 < forget_after
        }
        new = [value for value, count in counts.items() if count >= fewest and value not in known]
        new.sort(key=lambda value: (-counts[value], value))
        for value in new[: max(0, len(values) if most is None else most - len(known))]:
            codes = {code for code, _ in known.values()}
            free = next(code for code in range(FIRST, FIRST + len(codes) + 1) if code not in codes)
            known[value] = (free, 0)
        encoded = vocabulary.encode(column(["", "tea", "salt", "gold", "milk", "日本"]))
        expected = [
            known.get(v, (UNSEEN, 0))[0] for v in ("", "tea", "salt", "gold", "milk", "日本")
        ]
        assert encoded.tolist() == expected
        assert most is None or vocabulary.size <= FIRST + most
