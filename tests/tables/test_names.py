"""Keys and links are names: kept as the source wrote them, and nobody's name is none."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banian.spec import parse_spec
from banian.tables import POSITION, read_database

Read = Callable[..., Any]
NOBODY = ["nan", "NaN", "NULL", "null", "None", "N/A", "#N/A", "<NA>", "NaT", "-", "NA", ""]
NOTICE = "k is a word for nobody, such as nan, NULL or None, and counts as missing"


def table(*names: str) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([("k", "y"), *((name, at) for at, name in enumerate(names))])
    return text.getvalue()


@pytest.mark.parametrize(
    ("names", "kind", "expected"),
    [
        (["17", "0", "-5"], "whole", [17, 0, -5]),
        (["00101", "101"], "text", ["00101", "101"]),
        (["2e1", "20"], "text", ["2e1", "20"]),
        (["+5", "5"], "text", ["+5", "5"]),
        (["1_000", "1000"], "text", ["1_000", "1000"]),
        (["1.5", "2"], "text", ["1.5", "2"]),
        (["-0", "0"], "text", ["-0", "0"]),
        (["2", "2.0"], "text", ["2", "2.0"]),
        (["17.0", "18.0"], "whole", [17, 18]),
        (["12345678901234567890", "1"], "text", ["12345678901234567890", "1"]),
        (["true", "false"], "text", ["true", "false"]),
        (["2024-01-01", "2024-01-02"], "text", ["2024-01-01", "2024-01-02"]),
        ([" C1 ", "c1"], "text", ["C1", "c1"]),
    ],
)
def test_a_key_is_what_the_file_wrote(read: Read, names: list[str], kind: str, expected: list[Any]):
    found = read(table(*names), "key: k")
    assert (found.kinds()["k"], found.column("k")) == (kind, expected)


@pytest.mark.parametrize("word", NOBODY)
def test_a_word_for_nobody_is_no_key(read: Read, word: str):
    found = read(table("C17", word, "C18", word), "key: k")
    assert found.column("k") == ["C17", "C18"]
    assert found.table.report.rejected == {"k is missing": 2}
    assert found.table.report.noticed == ({NOTICE: 2} if word else {})


@pytest.mark.parametrize("prefix", ["", "c"])
def test_a_word_for_nobody_links_to_nobody(read: Read, prefix: str):
    lines = [f"{at},{prefix}{at},1" for at in range(8)]
    found = read("\n".join(["id,who,y", *lines, "8,nan,2"]), "links: {who: events}, key: id")
    assert found.column("who")[-1] is None
    assert found.table.report.noticed[NOTICE.replace("k is", "who is")] == 1


def test_namibia_is_among_the_codes_of_countries(read: Read):
    assert read(table("NA", "DE", "FR"), "key: k").column("k") == ["NA", "DE", "FR"]
    assert read(table("NA", "Germany"), "key: k").column("k") == ["Germany"]


PARQUET = [
    (pa.array([17, 18]), "whole", [17, 18]),
    (pa.array([17.0, 18.0]), "whole", [17, 18]),
    (pa.array([2**64 - 1, 5], pa.uint64()), "text", [str(2**64 - 1), "5"]),
    (pa.array(["00101", "None"]), "text", ["00101", None]),
    (pa.array([b"a", b"b"]).cast(pa.string()), "text", ["a", "b"]),
    (pa.array([None, "x"]).dictionary_encode(), "text", [None, "x"]),
]


@pytest.mark.parametrize(("names", "kind", "expected"), PARQUET)
def test_names_of_a_typed_source(read: Read, names: pa.Array, kind: str, expected: list[Any]):
    found = read(pa.table({"id": [7, 8], "k": names, "y": [1, 2]}), "links: {k: events}, key: id")
    assert (found.kinds()["k"], found.column("k")) == (kind, expected)


@settings(
    deadline=None,
    max_examples=6,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    learned=st.lists(
        st.text("019.e+-", min_size=1, max_size=6), min_size=1, max_size=6, unique=True
    ),
    asked=st.lists(
        st.text("019Ca.e+- ", min_size=1, max_size=6), min_size=1, max_size=8, unique=True
    ),
)
def test_what_keys_were_at_fit_does_not_change_them_later(
    tmp_path: Path, learned: list[str], asked: list[str]
):
    spec = parse_spec(
        "shop: s\ntables: {events: {source: events.csv, key: k}}\n"
        "tasks: {t: {rows: events, label: y}}\nsplit: {by: id}\n"
    )
    kept = {}
    for names, types in ((learned, None), (asked, "fitted")):
        usable = {name.strip() for name in names} - set(NOBODY)
        if not usable:
            return
        (tmp_path / "events.csv").write_text(table(*names))
        database = read_database(
            spec, tmp_path, types=None if types is None else {"events": kept["types"]}
        )
        kept["types"] = database.tables["events"].types
        keys = database.tables["events"].rows.order_by(POSITION).k.to_pyarrow().to_pylist()
        shown = {str(key) for key in keys}
        point_zero = all(name.endswith(".0") for name in usable)
        assert shown == ({n.removesuffix(".0") for n in usable} if point_zero else usable) or (
            point_zero and shown == usable
        )


def test_links_and_keys_of_other_types_still_meet(tmp_path: Path):
    (tmp_path / "people.csv").write_text("id,z\n17,1\nC18,2\n")
    (tmp_path / "orders.csv").write_text("who,y\n17.0,1\n,2\n17.0,3\n")
    spec = parse_spec(
        "shop: s\ntables:\n  orders: {source: orders.csv, links: {who: people}}\n"
        "  people: {source: people.csv, key: id}\ntasks: {t: {rows: orders, label: y}}\nsplit: {by: id}\n"
    )
    report = read_database(spec, tmp_path).tables["orders"].report
    assert report.noticed == {"who is missing": 1}
