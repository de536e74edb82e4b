"""What is known of a trial: the arm of each row, and that the treatment is no feature."""

from pathlib import Path

import numpy as np
import pytest

from banian.errors import LabelError, SpecError
from banian.examples import GrainExamples
from banian.examples.build import build_examples
from banian.spec import parse_spec
from banian.tables import read_database

LINES = ["1,none,0,4", "2,mail,1,5", "3,call,0,6", "4,,1,7", "5,mail,,8", "6,none,1,9"]
SPEC = """
shop: s
tables: {mails: {source: mails.csv, key: id, derive: {heard: "arm = 'call'"}%s}}
tasks: {gain: "PREDICT mails.bought FOR EACH mails UPLIFT %s OVER '%s'"}
split: {by: id}
"""


def build(
    folder: Path, column: str = "arm", control: str = "none", more: str = ""
) -> GrainExamples:
    (folder / "mails.csv").write_text("\n".join(["id,arm,bought,age", *LINES]) + "\n")
    spec = parse_spec(SPEC % (more, column, control))
    return build_examples(read_database(spec, folder), {}).grains["rows of mails"]


def in_order(rows: GrainExamples) -> np.ndarray:
    return np.argsort(rows.keys["id"].to_numpy())


def test_each_row_has_its_arm_the_control_first(tmp_path):
    rows = build(tmp_path)
    order = in_order(rows)
    assert rows.classes["gain"].to_pylist() == ["none", "call", "mail"]
    lists = [rows.items["gain"][int(at)].as_py() for at in order]
    assert lists == [[0], [2], [1], None, None, [0]]


def test_a_row_of_which_it_is_not_known_how_it_was_treated_has_no_label(tmp_path):
    rows = build(tmp_path)
    found = rows.label[in_order(rows), 0]
    np.testing.assert_array_equal(found, [0, 1, 0, np.nan, np.nan, 1])


def test_the_treatment_and_what_is_derived_from_it_are_no_features(tmp_path):
    assert build(tmp_path).entities["mails"].columns.column_names == ["age"]


def test_numbers_can_say_how_a_row_was_treated(tmp_path):
    rows = build(tmp_path, column="age", control="4")
    assert rows.classes["gain"].to_pylist() == ["4", "5", "6", "7", "8", "9"]


@pytest.mark.parametrize(
    ("column", "control", "problem"),
    [
        ("amr", "none", "no column 'amr'"),
        ("arm", "nobody", "no row has 'nobody' in 'arm'"),
    ],
)
def test_what_is_not_there_is_named(tmp_path, column, control, problem):
    with pytest.raises(SpecError, match=problem) as caught:
        build(tmp_path, column, control)
    assert "Did you mean" in caught.value.remedy or "There are" in caught.value.remedy


def test_too_many_treatments_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("banian.examples.treatment._MOST_ARMS", 2)
    with pytest.raises(LabelError, match="'arm' has 3 different texts"):
        build(tmp_path)


@pytest.mark.parametrize("column", ["id", "bought"])
def test_a_key_or_the_label_is_no_treatment(tmp_path, column):
    with pytest.raises(SpecError, match=f"gain.treatment: '{column}' is the row's key"):
        build(tmp_path, column)


def test_what_a_treatment_adds_to_a_text_cannot_be_said(tmp_path):
    (tmp_path / "mails.csv").write_text("id,arm,bought\n1,none,tea\n2,mail,milk\n")
    spec = parse_spec(SPEC.replace("%s}}", "}}", 1) % ("arm", "none"))
    with pytest.raises(LabelError, match="adds to a text cannot be said"):
        build_examples(read_database(spec, tmp_path), {})
