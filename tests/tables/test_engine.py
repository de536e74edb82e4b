"""The engine keeps to its memory and puts the rest into temporary files."""

from banian.tables.engine import connect


def test_what_is_beyond_the_memory_is_sorted_all_the_same():
    engine = connect(64 * 2**20)
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
    limit = connect().con.sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    everything = connect(2**60).con.sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    assert limit != everything
