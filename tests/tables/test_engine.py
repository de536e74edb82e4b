"""The engine keeps to its memory and puts the rest into temporary files."""

import ibis
import pyarrow as pa
import pytest

from banian.tables.engines import NAME, TIMES, VALUE, DuckDB, build_engine
from banian.tables.white_space import strip_text

MIXED = {"it's": ["a", "b ", "a", None], "n": [1.5, 1.5, None, -2.0]}


def test_what_is_beyond_the_memory_is_sorted_all_the_same():
    engine = DuckDB(64 * 2**20).backend
    assert engine.con.sql("SELECT current_setting('memory_limit')").fetchall() == [("64.0 MiB",)]
    rows = 6_000_000  # 96 MB
    many = f"SELECT hash(range) AS key, range AS row FROM range({rows}) ORDER BY key"
    found, last = 0, -1
    for batch in engine.con.sql(many).to_arrow_reader(2**17):
        key = batch.column("key")
        assert last <= key[0].as_py() <= key[-1].as_py()
        found, last = found + len(batch), key[-1].as_py()
    assert found == rows


def test_a_share_of_the_machine_is_left_to_others():
    limit = DuckDB().backend.con.sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    everything = (
        DuckDB(2**60).backend.con.sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    )
    assert limit != everything


@pytest.mark.parametrize("wide", [1, 150])
def test_each_value_of_a_column_is_counted_once_however_many_columns_there_are(wide):
    engine = build_engine("duckdb")
    many = {f"{name} {place}": column for place in range(wide) for name, column in MIXED.items()}
    rows = engine.keep(ibis.memtable(pa.table(many)))
    found = engine.tally(rows, [name for name in rows.columns if name != "n 0"]).to_pyarrow()
    assert len(found) == 2 * wide + 2 * (wide - 1)
    one = {row[VALUE]: row[TIMES] for row in found.to_pylist() if row[NAME] == "it's 0"}
    assert one == {"a": 2, "b ": 1}


def test_white_space_around_a_text_is_taken_away_and_nothing_else():
    texts = ["a", " a", "a ", "\ta b\n", "", " ", "é ", "\u00a0a", "a\u3000", None]
    engine = build_engine("duckdb")
    rows = engine.keep(ibis.memtable(pa.table({"t": texts})))
    found = rows.select(here=strip_text(rows.t), there=rows.t.strip()).to_pyarrow()
    assert found["here"] == found["there"]
    assert found["here"].to_pylist()[:4] == ["a", "a", "a", "a b"]
