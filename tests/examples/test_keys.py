"""Rows are named for the user in the types and spelling of their source."""

import pandas as pd
import pytest

from banian.errors import SpecError
from banian.examples.build import build_examples
from banian.spec import parse_spec
from banian.tables import gather_data, read_database

ROWS = pd.DataFrame(
    {
        "at": pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-03"]),
        "who": [7, 3, 7],
        "code": ["00123", "1e3", "x"],
        "y": [1, 0, 1],
    }
)
SPEC = """
shop: s
tables:
  rows: {time: at, links: {who: people, code: codes}}
  people: {key: id}
  codes: {from: rows, key: code}
tasks:
  t: PREDICT rows.y FOR EACH rows
  n: PREDICT COUNT(rows, 0, 1d) FOR EACH people
split: {valid: 2024-01-02, test: 2024-01-03}
"""


def keys(rows=ROWS, people=(7, 3), spec=SPEC, grain="rows of rows"):
    database = read_database(
        parse_spec(spec), gather_data({"rows": rows, "people": pd.DataFrame({"id": people})})
    )
    cutoffs = {"people": (pd.Timestamp("2024-01-03").to_pydatetime(),)}
    return build_examples(database, cutoffs, labelled=False).grains[grain].keys.to_pydict()


def test_a_row_without_a_key_says_where_it_stands_and_whose_it_is():
    assert keys() == {"row": [1, 0, 2], "who": [3, 7, 7], "code": ["1e3", "00123", "x"]}


def test_a_row_with_a_key_is_named_by_it_alone():
    keyed = SPEC.replace("{time: at,", "{key: code, time: at,").replace(", code: codes", "")
    keyed = keyed.replace("  codes: {from: rows, key: code}\n", "")
    assert keys(spec=keyed) == {"code": ["1e3", "00123", "x"]}


def test_whole_numbers_stay_numbers_though_they_are_compared_with_text():
    people = ("7", "x3")
    assert keys(people=people)["who"] == [3, 7, 7]
    assert keys(people=people, grain="people")["id"] == sorted(people)


def test_a_link_that_has_the_name_of_a_column_of_predictions_is_left_out():
    renamed = SPEC.replace("code: codes", "value: codes").replace("key: code}", "key: value}")
    found = keys(rows=ROWS.rename(columns={"code": "value"}), spec=renamed)
    assert list(found) == ["row", "who"]
    with pytest.raises(SpecError, match="has no column 'code'"):
        keys(rows=ROWS.rename(columns={"code": "value"}))


@pytest.mark.parametrize("codes", [[1, 2, 1], ["1", "C2", "1"]])
def test_what_names_an_entity_is_a_category_however_a_file_writes_it(codes):
    """A number at fit, and a text at predict, would be a feature of two kinds."""
    spec = SPEC.replace(", code: codes", "")
    frames = {"rows": ROWS.assign(code=codes), "people": pd.DataFrame({"id": (7, 3)})}
    database = read_database(parse_spec(spec), gather_data(frames))
    cutoffs = {"people": (pd.Timestamp("2024-01-04").to_pydatetime(),)}
    built = build_examples(database, cutoffs, labelled=False).grains
    own = built["rows of rows"].entities["rows"].columns
    assert own["code"].to_pylist() == [str(codes[at]) for at in (1, 0, 2)]
    past = built["people"].entities["people"].columns
    assert past["rows.code.distinct.all"].to_pylist() == [1.0, 1.0]
    assert "rows.code.sum.all" not in past.column_names
