"""What a column means: declared, found among the values of training, kept for new data."""

import re

import pyarrow as pa
import pytest

from banian.errors import SpecError
from banian.spec import parse_spec
from banian.tables import read_database

WORDS = ("soft", "warm", "blue", "cup", "with", "a", "broken", "handle", "came", "late")
ROWS = 120


def sentence(row: int, words: int = 5) -> str:
    return " ".join(WORDS[(row // 10**at + at) % 10] for at in range(words))


REVIEWS = [sentence(row) for row in range(ROWS)]
COLUMNS = {
    "review": REVIEWS,
    "brand": [f"The Old Company of {'ab'[row % 2]}" for row in range(ROWS)],
    "code": [f"{row:05d}x" for row in range(ROWS)],
    "shelf": [row % 7 for row in range(ROWS)],
    "photo": [f"photos/{row}.jpg" for row in range(ROWS)],
    "sold": [row % 2 == 0 for row in range(ROWS)],
    "price": [row / 4 for row in range(ROWS)],
}


def read(means="{}", types=None, **columns):
    spec = parse_spec(f"""
shop: s
tables:
  things: {{key: thing, means: {means}}}
  sales: {{time: at, links: {{thing: things}}}}
tasks:
  again: PREDICT EXISTS(sales, 0, 7d) FOR EACH things
split: {{valid: 2024-01-10, test: 2024-01-20}}
""")
    things = {"thing": [f"t{row}" for row in range(ROWS)], **COLUMNS, **columns}
    sales = {"thing": ["t0", "t1"], "at": ["2024-01-01", "2024-02-01"]}
    data = {"things": pa.table(things), "sales": pa.table(sales)}
    return read_database(spec, data, types=types)


def test_sentences_of_which_hardly_two_are_alike_are_text_and_nothing_else_is():
    types = read().types["things"]
    assert {name for name, kind in types.items() if kind.semantic == "text"} == {"review"}
    assert {kind.semantic for kind in types.values()} == {None, "text"}


@pytest.mark.parametrize(
    "review",
    [
        [sentence(row % 100) for row in range(ROWS)],  # two of ten repeat
        [sentence(row, 3) for row in range(ROWS)],  # three words
        [sentence(row) if row < 99 else None for row in range(ROWS)],  # too few to say
        [sentence(row) if row % 5 < 2 else f"word{row}" for row in range(ROWS)],  # mostly words
    ],
    ids=["repeated", "short", "few", "mixed"],
)
def test_what_may_be_names_is_not_taken_for_text(review):
    assert read(review=review).types["things"]["review"].semantic is None


def test_new_data_never_change_what_a_column_means():
    known = read("{shelf: category}").types
    new = read(
        "{shelf: category}",
        types=known,
        review=["gone"] * ROWS,
        code=REVIEWS,
        shelf=[row / 2 for row in range(ROWS)],
    )
    for name, kind in known["things"].items():
        assert new.types["things"][name].semantic == kind.semantic
    assert new.types["things"]["shelf"].kind == "whole"  # else 3 would be another name, 3.0


def test_what_is_declared_goes_before_what_is_found():
    types = read("{review: category, brand: text, code: id, shelf: category}").types["things"]
    found = {name: types[name].semantic for name in ("review", "brand", "code", "shelf")}
    assert found == {"review": "category", "brand": "text", "code": "id", "shelf": "category"}


def test_of_an_image_no_feature_is_made_and_the_report_says_so():
    report = read("{photo: image}").tables["things"].report
    assert report.noticed["photo means image, of which no feature is made yet"] == ROWS


@pytest.mark.parametrize(
    ("means", "said"),
    [
        ("{shelv: category}", r"things\.means\.shelv: .* has no column 'shelv'.*'shelf'"),
        ("{shelf: categories}", r"no semantic type 'categories'\. Did you mean 'category'"),
        ("{review: number}", r"review holds text, which cannot mean number.*category, text"),
        ("{price: category}", r"price holds numbers with fractions, which cannot mean category"),
        ("{sold: time}", r"sold holds true and false, which cannot mean time.*Write one of truth"),
        ("{thing: text}", r"things\.means\.thing: it is a key or a link"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(means, said):
    with pytest.raises(SpecError) as caught:
        read(means)
    assert re.search(said, str(caught.value).replace("\n", " ")), caught.value
