from decimal import Decimal

import numpy as np

from banian.datasets.marketplace.arrow_columns import coded, instants, money, numbered, words


def test_cents_become_exact_decimals():
    assert money(np.array([0, 1, 12345, -250])).to_pylist() == [
        Decimal("0.00"),
        Decimal("0.01"),
        Decimal("123.45"),
        Decimal("-2.50"),
    ]


def test_times_are_in_microseconds_and_may_be_absent():
    column = instants(np.array([86_400_000_000, 0]), np.array([False, True]))
    assert str(column[0]) == "1970-01-02 00:00:00"
    assert column.null_count == 1


def test_codes_become_words_and_below_0_is_absent():
    assert words(np.array([1, 0]), ("a", "b")).to_pylist() == ["b", "a"]
    assert coded(np.array([-1, 0]), ("a", "b")).to_pylist() == [None, "a"]


def test_numbers_become_names_of_one_length():
    assert numbered("v", np.array([7, 1234567])).to_pylist() == ["v000007", "v1234567"]
