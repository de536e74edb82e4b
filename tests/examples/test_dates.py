"""A date that describes a row or an entity becomes an age, from any source; what lies ahead is not known yet."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banian.errors import SpecError
from banian.examples.build import build_examples
from banian.examples.examples import Examples
from banian.features import features_told
from banian.schema import ColumnType
from banian.spec import parse_spec
from banian.tables import read_database

SPEC = """shop: s
tables:
  orders: {source: orders.csv, time: at, links: {who: people}%s}
  people: {source: people.%s, key: id}
tasks:
  row: PREDICT orders.y FOR EACH orders
  who: PREDICT EXISTS(orders, 0, 1d) FOR EACH people
split: {valid: 2020-02-01, test: 2020-03-01}
"""
AT = datetime(2020, 3, 1)
PEOPLE = [("a", datetime(1990, 3, 1)), ("b", datetime(2021, 1, 1)), ("c", None)]


def build(folder: Path, ending: str, more: str = "", *, promised: str = "promised") -> Examples:
    orders = f"at,who,y,{promised}\n2020-01-01,a,1,2020-01-11\n2020-02-02 12:00,b,0,2020-02-01\n"
    (folder / "orders.csv").write_text(orders)
    if ending == "csv":
        lines = (f"{name},{born:%Y-%m-%d}" if born else f"{name}," for name, born in PEOPLE)
        (folder / "people.csv").write_text("\n".join(["id,birth", *lines]))
    else:
        names, births = zip(*PEOPLE, strict=True)
        pq.write_table(
            pa.table({"id": names, "birth": pa.array(births, pa.timestamp("us"))}),
            folder / "people.parquet",
        )
    database = read_database(parse_spec(SPEC % (more, ending)), folder)
    return build_examples(database, {"people": (AT,)}, labelled=False)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_birthday_is_an_age_at_the_moment_of_the_ask(tmp_path: Path, ending: str):
    examples = build(tmp_path, ending)
    people = examples.grains["people"].entities["people"].columns
    ages = people["birth.age"].to_pylist()
    assert ages == [pytest.approx((AT - datetime(1990, 3, 1)).days, abs=1e-9), None, None]
    seen = examples.grains["rows of orders"].entities["people"].columns["birth.age"].to_pylist()
    assert seen == [(datetime(2020, 1, 1) - datetime(1990, 3, 1)).days, None]


def test_what_lies_ahead_is_not_known_unless_it_is_trusted(tmp_path: Path):
    rows = build(tmp_path, "csv").grains["rows of orders"].entities["orders"].columns
    assert rows["promised.age"].to_pylist() == [None, 1.5]
    trusted = build(tmp_path, "csv", ", trust: [promised]")
    rows = trusted.grains["rows of orders"].entities["orders"].columns
    assert rows["promised.age"].to_pylist() == [-10.0, 1.5]


def test_an_age_and_a_column_of_its_name_are_not_mixed_up(tmp_path: Path):
    (tmp_path / "orders.csv").write_text(
        "at,who,y,birth,birth.age\n2020-01-01,a,1,2020-01-01,7\n2020-02-01,a,0,2020-01-01,8\n"
    )
    (tmp_path / "people.csv").write_text("id\na\n")
    database = read_database(parse_spec(SPEC % ("", "csv")), tmp_path)
    with pytest.raises(SpecError, match="two features are called 'birth\\.age'"):
        build_examples(database, {"people": (AT,)}, labelled=False)


def test_an_age_is_described_and_traced():
    spec = parse_spec(SPEC % ("", "csv"))
    types = {
        "people": {"id": ColumnType("text", is_name=True), "birth": ColumnType("time")},
        "orders": {"at": ColumnType("time"), "who": ColumnType("text", is_name=True)},
    }
    told = features_told(spec, types, spec.tasks["who"])
    age = told["people"]["birth.age"]
    assert age.meaning == "days from birth of the people row to the ask"
    assert age.origin.path == "tables.people.birth"


def test_floats_are_summed_whatever_their_order(tmp_path: Path):
    """1e12 among values below .01 leaves no common decimal; the sums of a window come out exact all the same."""
    small = [0.001 * at + 1e-9 for at in range(40)]
    spec = parse_spec(
        "shop: s\ntables:\n  e: {source: e.csv, time: at, links: {who: w}}\n  w: {from: e, key: who}\n"
        "tasks: {t: 'PREDICT SUM(e.x, 0, 30d) FOR EACH w'}\nsplit: {valid: 2020-02-01, test: 2020-03-01}\n"
    )
    found = []
    for values in ([1e12, *small], [*reversed(small), 1e12]):
        lines = [f"2020-03-0{1 + at % 9} 01:00,a,{x!r}" for at, x in enumerate(values)]
        lines += [f"2020-02-0{1 + at % 9} 01:00,a,{x!r}" for at, x in enumerate(values)]
        (tmp_path / "e.csv").write_text("\n".join(["at,who,x", *lines, "2020-06-01,b,1"]))
        rows = build_examples(read_database(spec, tmp_path), {"w": (AT,)}).grains["w"]
        columns = rows.entities["w"].columns
        found.append((rows.label[0, 0], columns["e.x.sum.all"][0].as_py()))
        assert columns["e.x.max.all"][0].as_py() == 1e12
        assert columns["e.x.min.all"][0].as_py() == small[0]
    assert found[0] == found[1]
    assert found[0][0] == pytest.approx(1e12 + sum(small), rel=1e-15)
