"""A caret stands below the character it means, whatever stands before it."""

import pytest

from banian.spec.parse_error import point_at

PLACES = {
    ("a ? b", 2): "  a ? b\n    ^",
    ("one\ntwo ? three\nfour", 8): "  two ? three\n      ^",
    ("\ta\t? b", 3): "  \ta\t? b\n  \t \t^",
    ("商品 ? b", 3): "  商品 ? b\n       ^",
    ("gro\u0308ße ? b", 7): "  gro\u0308ße ? b\n        ^",
    ("a\r? b", 2): "  a ? b\n    ^",
    ("", 0): "  \n  ^",
    ("a", 1): "  a\n   ^",
    ("x" * 300 + "?", 300): "  …" + "x" * 50 + "?\n   " + " " * 50 + "^",
    ("?" + "x" * 300, 0): "  ?" + "x" * 32 + "…\n  ^",
}


@pytest.mark.parametrize(("place", "shown"), PLACES.items(), ids=range(len(PLACES)))
def test_a_caret_stands_below_its_character(place: tuple[str, int], shown: str):
    assert point_at(*place) == shown
