"""A comparison with a number has one spelling."""

import pytest

from banian.spec.comparison import spell_comparison

SPELLINGS = {
    ">0": "> 0",
    " <=  -2.50 ": "<= -2.5",
    "== 1": "= 1",
    "<> 1": "!= 1",
    "!= 007": "!= 7",
    "= -0.0": "= 0",
    "> 0.10": "> 0.1",
    "> 100": "> 100",
}


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS.items())
def test_a_comparison_has_one_spelling(text: str, canonical: str):
    assert spell_comparison(text) == canonical
    assert spell_comparison(canonical) == canonical


@pytest.mark.parametrize("text", ["", ">", "0", "> x", "> 1e3", "> 0 1", "=> 1", "> - 1"])
def test_anything_else_is_refused_with_an_example(text: str):
    with pytest.raises(ValueError, match=r"is not a comparison\. Write one like '> 0' or '<= 2\.5"):
        spell_comparison(text)


def test_a_number_that_is_none_to_an_engine_is_refused():
    with pytest.raises(ValueError, match="too large to compare with"):
        spell_comparison("> " + "9" * 400)
