import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features.codecs.characters import END, GAP, LETTER, LONE, classify, fold_texts

texts = st.lists(st.text(max_size=12), max_size=8)


def read(text: str) -> str:
    points, _ = classify(fold_texts([text]))
    return "".join(map(chr, points)).removesuffix(END)


@settings(max_examples=60, deadline=None)
@given(texts)
def test_a_text_is_folded_as_if_it_stood_alone(many):
    assert fold_texts(many) == "".join(fold_texts([text]) for text in many)
    assert fold_texts(many).count(END) == len(many)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12))
def test_case_and_the_form_of_unicode_do_not_matter(text):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold_texts([unicodedata.normalize(form, text)]) == fold_texts([text])
    assert fold_texts([text.casefold()]) == fold_texts([text])


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Crème BRÛLÉE", "creme brulee"),
        ("Straße ﬁve", "strasse five"),
        ("ＡＢＣ１２", "abc12"),
        ("İstanbul", "istanbul"),
        ("ﾄﾖﾀ", "トヨタ"),
        ("co\u00adop\u200d", "coop"),
        ("\u202bשלום\u202c", "שלום"),
        ("👍🏽❤️", "👍❤"),
        ("٤٢ ४२ x²", "42 42 x2"),
        ("각", "각"),
    ],
)
def test_variants_are_read_alike(text, same):
    assert read(text) == same


@pytest.mark.parametrize(
    ("characters", "kind"),
    [
        ("az09éßжאبहि", LETTER),
        ("好日ひカ한ไ𠀀ー👍$€+!?", LONE),
        (" \t\n\0.,;:-_/'\"()、。„\u200b\ue000", GAP),
    ],
)
def test_kinds_of_characters(characters, kind):
    assert classify(characters)[1].tolist() == [kind] * len(characters)


def test_ascii_is_read_as_it_is_beside_other_characters():
    plain = "".join(map(chr, range(128)))
    points, kinds = classify(plain)
    beside, others = classify(plain + "é")
    np.testing.assert_array_equal(points, beside[:-1])
    np.testing.assert_array_equal(kinds, others[:-1])
