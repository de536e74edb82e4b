"""Columns that are read, looked at or listened to: declared in one of two ways, and as one thing alone."""

import pytest

from banian.errors import SpecError
from banian.spec import HashedTextSpec, NoContentSpec, parse_spec

SPEC = """
shop: words
tables:
  messages: {source: m.csv, key: id, %s}
tasks:
  intent: {rows: messages, label: intent}
split: {by: id, valid: 0.1, test: 0.2}
model: {text: %s}
"""


def read(table: str, model: str = "auto"):
    return parse_spec(SPEC % (table, model))


@pytest.mark.parametrize(
    ("table", "meanings"),
    [
        ("text: [body]", {"body": "text"}),
        ("means: {body: text}, text: [body, title]", {"body": "text", "title": "text"}),
        ("image: [photo], audio: [call]", {"photo": "image", "call": "audio"}),
        ("means: {shelf: category}, text: []", {"shelf": "category"}),
    ],
)
def test_both_ways_say_the_same(table, meanings):
    assert read(table).source("messages").meanings == meanings


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("text: [body], means: {body: category}", "'body' stands in text, and means says category"),
        ("text: [body], image: [body]", "'body' stands in image, and it stands in text"),
        ("text: [body], ignore: [body]", "'body' is ignored, and text reads it"),
        ("text: [body], pii: [body]", "'body' is pii, and text names it"),
        ("txet: [body]", "unknown key 'txet'"),
    ],
)
def test_what_contradicts_is_refused_by_name(table, said):
    with pytest.raises(SpecError, match=said):
        read(table)


def test_how_text_is_read_is_one_word_or_a_mapping():
    assert read("text: [body]").model.text == HashedTextSpec()
    assert read("text: [body]", "hashed").model.text == HashedTextSpec()
    assert read("text: [body]", "none").model.text == NoContentSpec()
    assert read("text: [body]", "{kind: hashed, width: 8}").model.text.width == 8
    with pytest.raises(SpecError, match="hashed"):
        read("text: [body]", "hahsed")
