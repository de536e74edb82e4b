"""A CSV file is read as it was written, whoever wrote it; what is amiss in it costs what it must and is named."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from banian.errors import SpecError, TableError
from banian.spec import SourceTableSpec
from banian.tables.engines import POSITION, DuckDB
from banian.tables.sources.csv import CsvFile

Read = Callable[..., Any]
Row = tuple[str, ...]
ENGINE = DuckDB()
LETTERS = st.sampled_from("ab é,;|\t'\"\n\r\\.1€")


def read_file(path: Path, **declared: Any) -> tuple[list[str], list[Row], list[dict[str, Any]]]:
    """Give columns, rows (absent as empty) and malformed lines, as the source has them."""
    raw = CsvFile(path, SourceTableSpec(source=path.name, **declared)).read(
        ENGINE, "t", frozenset()
    )
    rows = raw.rows.order_by(POSITION).drop(POSITION).to_pyarrow().to_pylist()
    malformed = [] if raw.malformed is None else raw.malformed.to_pyarrow().to_pylist()
    return list(raw.columns), [tuple(v or "" for v in row.values()) for row in rows], malformed


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Row], dict[str, Any], str, bool]:
    width = draw(st.integers(2, 4))
    text = st.text(LETTERS, max_size=6).map(str.strip)
    rows = draw(st.lists(st.tuples(*[text] * width), min_size=1, max_size=6))
    how = {
        "delimiter": draw(st.sampled_from(",;\t|")),
        "quotechar": draw(st.sampled_from("\"'")),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    }
    if how["quoting"] == csv.QUOTE_MINIMAL:  # the module quotes its own line breaks only
        others = str.maketrans(dict.fromkeys(set("\r\n") - set(how["lineterminator"]), "."))
        rows = [tuple(value.translate(others) for value in row) for row in rows]
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-be"]))
    return rows, how, encoding, draw(st.booleans())


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(file=files())
def test_a_file_is_read_as_pythons_csv_module_wrote_it(tmp_path: Path, file: Any):
    rows, how, encoding, is_packed = file
    names = tuple(f"c{at}" for at in range(len(rows[0])))
    text = io.StringIO(newline="")
    csv.writer(text, **how).writerows([names, *rows])
    content = text.getvalue().encode(encoding)
    path = tmp_path / ("a.csv.gz" if is_packed else "a.csv")
    path.write_bytes(gzip.compress(content, 1) if is_packed else content)
    declared = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    if how["quoting"] == csv.QUOTE_MINIMAL:
        declared["quote"] = how["quotechar"]
    columns, found, malformed = read_file(path, **declared)
    assert (tuple(columns), found, malformed) == (names, rows, [])


def lines_of(count: int, **odd: str) -> str:
    """Write rows of an id, a text in quotes and a number; `odd` maps `at_N` to the text of row N."""
    rows = [odd.get(f"at_{at}", f'a{at},"soft, warm {at}",{at % 2}') for at in range(count)]
    return "id,note,y\n" + "\n".join(rows) + "\n"


UNCLOSED = [
    ({"at_500": 'b,"never closed,1'}, {502: "a quote is opened and not closed"}),
    ({"at_999": 'b,"never closed,1'}, {1001: "a quote is opened and not closed"}),
    ({"at_500": 'b,"""never",1'}, {}),
    ({"at_500": 'b,12" TV,1'}, {}),
    ({"at_500": 'b,"big" TV,1'}, {502: "text follows a closing quote"}),
    (
        {"at_10": 'b,"one', "at_500": 'b,"two,1'},
        {12: "a quote is opened and not closed", 502: "a quote is opened and not closed"},
    ),
    ({"at_500": 'b,"two\nlines",1', "at_900": "b,1"}, {903: "it has 2 values, not 3"}),
]


@pytest.mark.parametrize(("odd", "expected"), UNCLOSED)
def test_a_quote_that_is_not_closed_costs_its_own_line(
    tmp_path: Path, odd: dict[str, str], expected: dict[int, str]
):
    (tmp_path / "a.csv").write_text(lines_of(1000, **odd))
    _, rows, malformed = read_file(tmp_path / "a.csv")
    assert {stray["number"]: stray["reason"] for stray in malformed} == expected
    assert len(rows) == 1000 - len(expected)
    assert {row[0][0] for row in rows} <= {"a", "b"}  # no key within quotes


def test_a_quote_that_another_line_seems_to_close_swallows_no_rows(tmp_path: Path):
    """Engines take the 300 rows between the two for one value, and all is well formed."""
    rows = [f"a{at},plain {at},{at % 2}" for at in range(1000)]
    rows[200], rows[500] = 'b,"one,1', 'b,12",1'
    (tmp_path / "a.csv").write_text("id,note,y\n" + "\n".join(rows) + "\n")
    _, found, malformed = read_file(tmp_path / "a.csv")
    assert len(found) == 999
    assert [stray["number"] for stray in malformed] == [202]


def test_many_malformed_lines_are_refused_by_the_first(read: Read):
    few = {f"at_{at}": "1,2" for at in range(100, 103)}
    assert read(lines_of(200, **few)).table.report.rejected == {"not a row of this table": 3}
    with pytest.raises(TableError) as error:
        read(lines_of(200, **few, **{f"at_{at}": "1,2" for at in range(150, 154)}))
    assert error.value.problem == (
        "tables.events: events.csv: 7 of 200 rows cannot be read. The first is line 102: it has 2 values, "
        'not 3. It was read as: delimiter comma, quotes ", utf-8, header.'
    )
    assert "delimiter, quote, encoding" in error.value.remedy


def test_what_is_set_aside_is_said_with_its_first_line(tmp_path: Path):
    from banian.spec import parse_spec
    from banian.tables import read_database

    (tmp_path / "e.csv").write_text(lines_of(100, at_7='x,"open,1'))
    text = (
        "shop: s\ntables: {e: {source: e.csv}}\ntasks: {t: {rows: e, label: y}}\nsplit: {by: id}\n"
    )
    said: list[str] = []
    database = read_database(parse_spec(text), tmp_path, warn=said.append)
    assert said == [
        "tables.e: 1 of 100 rows cannot be read and are set aside. The first is line 9: "
        "a quote is opened and not closed."
    ]
    assert database.tables["e"].report.read_as == 'delimiter comma, quotes ", utf-8, header'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b;c\n1,2;3\n4,5;6\n", "comma"),
        ("a;b\n1,5;2,5\n3,5;4,5\n", "semicolon"),
        ("a|b\nx, y|1\nz; w|2\n", "bar"),
        ("a\tb\n1,2,3\t4\n5,6,7\t8\n", "tab"),
        ("'a','b'\n'1','x, y'\n'2','z'\n", "comma, quotes '"),
        ('a,b\n"x \\"y\\", z",1\n"w",2\n', 'comma, quotes ", escape \\'),
        ("text\nhello, world\nyes\n", "'\\x1f'"),
    ],
)
def test_what_stands_between_values_is_found_by_the_header(tmp_path: Path, content: str, said: str):
    from banian.tables.sources.csv_format import detect_format

    (tmp_path / "a.csv").write_text(content)
    form = detect_format(tmp_path / "a.csv", SourceTableSpec(source="a.csv"), "utf-8-sig")
    assert str(form).startswith(f"delimiter {said}")
    _, rows, malformed = read_file(tmp_path / "a.csv")
    assert (len(rows), malformed) == (2, [])
    assert not any(value[:1] in "'\"" for row in rows for value in row if value)


def test_what_is_declared_is_not_guessed(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('1::"x::2\n3::y::4\n')
    found = read_file(path, delimiter="::", quote="", header=False, columns=("a", "b", "c"))
    assert found == (["a", "b", "c"], [("1", '"x', "2"), ("3", "y", "4")], [])
    path.write_text("a,a\n1,2\n")
    assert read_file(path, columns=("x", "y")) == (["x", "y"], [("1", "2")], [])
    with pytest.raises(TableError, match="its header names 2 columns, and columns names 3"):
        read_file(path, columns=("x", "y", "z"))


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *[("events.csv", code) for code in ("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32")],
        ("events.csv.gz", "latin-1"),
        ("events.jsonl", "latin-1"),
    ],
)
def test_what_is_not_utf8_is_refused_by_name_and_read_when_told(
    read: Read, name: str, encoding: str
):
    rows = [f"a{at},Café {at} kg,{at % 2}" for at in range(50)]
    if encoding == "cp1252":
        rows[9] = "a9,“Café” 9,1"
    text = "id,name,y\n" + "\n".join(rows) + "\n"
    if name.endswith("jsonl"):
        split = (row.split(",") for row in rows)
        text = "".join(f'{{"id": "{a}", "name": "{b}", "y": {c}}}\n' for a, b, c in split)
    content = text.encode(encoding)
    content = gzip.compress(content, 1) if name.endswith("gz") else content
    with pytest.raises(TableError) as error:
        read(content, name=name)
    assert f"tables.events: {name} is not UTF-8: line " in error.value.problem
    told = {"cp1252": "latin-1 cp1252", "utf-16-le": "utf-16-le utf-16"}.get(encoding, encoding)
    assert error.value.remedy.rpartition("encoding: ")[2] in told.split()
    found = read(content, f"encoding: {encoding}", name=name)
    assert found.column("name")[8] == "Café 8 kg"
    assert found.table.report.kept == 50


def test_a_wrong_encoding_is_an_error(read: Read):
    with pytest.raises(TableError, match=r"cannot be read as ascii, near line 1: can't decode"):
        read("id,y\né,1\n", "encoding: ascii")
    with pytest.raises(SpecError, match="no encoding 'latin1x'"):
        read("id,y\n", "encoding: latin1x")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_mixed_line_ends_are_line_ends(tmp_path: Path, end: str, quote: str):
    ends = ["\n", "\r\n", "\r", end, end]
    rows = [(f"{quote}a{at}{quote}", str(at)) for at in range(5)]
    text = f"x,y{end}" + "".join(",".join(row) + e for row, e in zip(rows, ends, strict=True))
    (tmp_path / "a.csv").write_bytes(text.encode())
    _, found, malformed = read_file(tmp_path / "a.csv")
    assert (found, malformed) == ([(f"a{at}", str(at)) for at in range(5)], [])


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\n\n \r\n", gzip.compress(b"", mtime=0)]
)
def test_an_empty_file_is_called_empty(read: Read, content: bytes):
    name = "events.csv.gz" if content[:1] == b"\x1f" else "events.csv"
    with pytest.raises(TableError, match=f"{name}: the file is empty"):
        read(content, name=name)


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("a,A", "have one name, or differ only in case"),
        ("a,a", "have one name, or differ only in case"),
        ("a,", "Column 2 has no name"),
        ('"  ",b', "Column 1 has no name"),
    ],
)
def test_names_that_no_engine_should_change_are_refused(read: Read, head: str, problem: str):
    with pytest.raises(TableError, match=problem):
        read(f"{head},y\n1,2,3\n")
    names = [name.strip('"') for name in [*head.split(","), "y"]]
    with pytest.raises(TableError, match=problem):
        read(pa.table([pa.array([1])] * 3, names=names))


def test_an_object_that_says_a_name_twice_is_refused(read: Read):
    with pytest.raises(TableError, match="have one name, 'x'"):
        read('{"x": 1, "y": 1}\n{"x": 1, "x": 2}\n', name="events.jsonl")


def test_the_name_of_a_file_is_no_pattern(tmp_path: Path):
    names = ["a*", "a?", "a[12]", "a{1,2}", "a1", "a12", "k=v/x=1"]
    (tmp_path / "k=v").mkdir()
    for name in names:
        (tmp_path / f"{name}.csv").write_text(f"x,y\n{name},2\n".replace("1,2}", "}"))
        pq.write_table(pa.table({"x": [name], "y": [2]}), tmp_path / f"{name}.parquet")
    for name in names:
        found = read_file(tmp_path / f"{name}.csv")
        assert found == (["x", "y"], [(name.replace("1,2}", "}"), "2")], [])
        rows = ENGINE.read_parquet(tmp_path / f"{name}.parquet").to_pyarrow().to_pylist()
        assert rows == [{"x": name, "y": 2, POSITION: 0}]


def test_a_file_of_another_name_is_read_by_its_format(read: Read):
    assert read("x;y\n1;2\n", "format: csv", name="orders.csv.bak").column("y") == [2]
    assert read("x,y\n1,2\n", name="ORDERS.CSV").column("y") == [2]
    assert read('{"y": 2}\n', "format: json_lines", name="orders.log").column("y") == [2]
    assert read(gzip.compress(b"x,y\n1,2\n"), "format: csv", name="a.gz.1").column("y") == [2]
    with pytest.raises(SpecError, match="with the key format: csv, parquet"):
        read("x,y\n1,2\n", name="orders.txt")


def test_what_is_no_text_is_not_taken_for_another_encoding(read: Read):
    with pytest.raises(TableError, match=r"events\.csv holds no text: line 1 has bytes"):
        read(b"\x89PN\xffG\x01\x02,\x1b\n\x07\xfe,1\n")
