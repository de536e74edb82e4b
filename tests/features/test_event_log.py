"""The log gives back every record that was written, in its order, whatever was written half behind it."""

from pathlib import Path
from threading import Thread

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given, settings

from banian.features.event_log import EventLog
from banian.features.event_record import EventRecord, in_rounds, in_turn, together
from banian.spec import parse_spec

SPEC = parse_spec("""
shop: s
tables: {orders: {source: orders.csv, key: order, time: at}, notes: {source: notes.csv, time: at}}
tasks: {dear: PREDICT orders.price FOR EACH orders}
split: {valid: 2020-02-01, test: 2020-03-01}
""")


def record(name: str, **said) -> EventRecord:
    return EventRecord({"orders": pa.table({"order": [name]})}, **said)


def write(log: EventLog, *names: str, **said) -> None:
    with log.writing():
        log.append([record(name, **said) for name in names])


def names_in(log: EventLog) -> list[tuple[int, str]]:
    return [(one.number, one.rows["orders"]["order"][0].as_py()) for one in log.follow()]


@settings(max_examples=30)
@given(cut=st.integers(1, 400), turns=st.integers(1, 3))
def test_what_was_written_half_is_cut_off_and_nothing_else(tmp_path_factory, cut, turns):
    folder = tmp_path_factory.mktemp("log")
    write(EventLog(folder), "a", "b")
    (file,) = folder.glob("*.log")
    whole = file.read_bytes()
    write(EventLog(folder), "torn")
    torn = file.read_bytes()
    file.write_bytes(torn[: max(len(whole), len(torn) - cut)])
    for turn in range(turns):
        assert names_in(EventLog(folder))[:2] == [(1, "a"), (2, "b")]
        write(EventLog(folder), f"c{turn}")
    expected = ["a", "b", *(f"c{turn}" for turn in range(turns))]
    assert [name for _, name in names_in(EventLog(folder))] == expected


def test_a_bit_that_changed_ends_the_log_there(tmp_path: Path):
    write(EventLog(tmp_path), "a", "b")
    (file,) = tmp_path.glob("*.log")
    data = bytearray(file.read_bytes())
    data[-9] ^= 1
    file.write_bytes(data)
    assert names_in(EventLog(tmp_path)) == [(1, "a")]


def test_several_write_in_turn_and_each_reads_all(tmp_path: Path):
    def work(who: int) -> None:
        log = EventLog(tmp_path)
        for turn in range(10):
            write(log, f"{who}-{turn}")

    threads = [Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = names_in(EventLog(tmp_path))
    assert [number for number, _ in found] == list(range(1, 41))
    for who in range(4):
        own = [name for _, name in found if name.startswith(f"{who}-")]
        assert own == [f"{who}-{turn}" for turn in range(10)]


def test_keys_and_places_outlive_the_files_whose_records_a_store_has(tmp_path: Path):
    log, reader, slow = EventLog(tmp_path), EventLog(tmp_path), EventLog(tmp_path)
    write(log, "a", key="k", digest="d", at=9e9, origin="5-0")
    assert names_in(slow) == [(1, "a")]
    with log.writing():
        log.rotate(1)
    write(log, "b")
    assert names_in(slow) == [(2, "b")]
    with log.writing():
        log.rotate(2)
    assert len([*tmp_path.glob("*.log")]) == 1
    write(log, "c")
    assert names_in(slow) == [(3, "c")]
    found = EventLog(tmp_path)
    assert names_in(found) == [(3, "c")]
    assert found.find("k").digest == "d"
    assert found.origin == "5-0"
    reader.follow()
    assert not reader.is_behind  # it had read nothing, and a store has what it lacks
    stale = EventLog(tmp_path)
    stale.follow()
    with log.writing():
        log.append([record("d")])
        log.rotate(4)
        log.append([record("e")])
        log.rotate(5)
    write(log, "f")
    stale.follow()
    assert stale.is_behind


def test_keys_are_remembered_for_a_day(tmp_path: Path):
    log = EventLog(tmp_path)
    write(log, "a", key="old", at=1.0)
    write(log, "b", key="new", at=9e9)
    assert log.find("old") is None
    assert log.find("new").number == 2
    with log.writing():
        log.rotate(2)
    assert EventLog(tmp_path).follow() == []


def test_a_record_is_read_as_it_was_written():
    rows = {"orders": pa.table({"at": pa.array([1, None], pa.timestamp("us", "UTC"))})}
    one = EventRecord(rows, key="k", digest="d", at=2.5, voids=3)
    found = EventRecord.from_bytes(one.to_bytes(), number=7, origin="1-1")
    assert (found.rows, found.key, found.digest, found.at) == (rows, "k", "d", 2.5)
    assert (found.voids, found.number, found.origin) == (3, 7, "1-1")
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        EventRecord.from_bytes(b"no record")


def test_rows_of_one_key_are_taken_in_one_after_the_other():
    groups = list(in_turn(SPEC, [record(name) for name in "abacb"]))
    assert [[one.rows["orders"]["order"][0].as_py() for one in group] for group in groups] == [
        ["a", "b"],
        ["a", "c", "b"],
    ]
    assert together(groups[1])["orders"]["order"].to_pylist() == ["a", "c", "b"]
    notes = EventRecord({"notes": pa.table({"at": [1, 1]})})
    rounds = in_rounds(SPEC, [notes, *(record(name) for name in "abacbbb")])
    assert [one["orders"]["order"].to_pylist() for one in rounds] == [
        ["a", "b", "c"],
        ["a", "b"],
        ["b"],
        ["b"],
    ]
    assert [len(one.get("notes", ())) for one in rounds] == [0, 0, 0, 2]
    assert in_rounds(SPEC, []) == [{}]
