"""A CSV file is read as it was written, whoever wrote it; what is amiss in it costs what it must and is named."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
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
    raw = CsvFile(path, SourceTableSpec(source=path.name, **declared)).read(ENGINE, "t", frozenset())
    rows = raw.rows.order_by(POSITION).drop(POSITION).to_pyarrow().to_pylist()
    strays = [] if raw.malformed is None else raw.malformed.to_pyarrow().to_pylist()
    return list(raw.columns), [tuple(v or "" for v in row.values()) for row in rows], strays


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
    max_examples=40,
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
    columns, found, strays = read_file(path, **declared)
    assert (tuple(columns), found, strays) == (names, rows, [])
