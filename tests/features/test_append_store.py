"""What an append does to a store: readers notice nothing, and a writer that is stopped anywhere leaves it whole."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from banian.errors import BundleError, TableError
from banian.features import StoredAsks, StoredEvents, describe_entities, read_index, read_store_size
from banian.features.append_store import Appended, append_store, read_stored_tables
from banian.features.build_store import build_store
from banian.features.event_log import EVENTS, EventLog
from banian.features.event_record import EventRecord
from banian.features.stored_links import read_stored_links
from banian.spec import parse_spec
from banian.tables import build_engine, read_database

SPEC = parse_spec("""
shop: small
tables:
  lines: {source: lines.csv, time: at, links: {order: orders}}
  orders: {source: orders.csv, key: order, time: placed, links: {who: people}}
  people: {source: people.csv, key: who}
  notes: {source: notes.csv, links: {who: people}}
tasks: {again: 'PREDICT EXISTS(orders, 0, 7d) FOR EACH people'}
model: {sequences: attention}
split: {valid: 2020-02-01, test: 2020-03-01}
""")
MODULE = import_module("banian.features.append_store")
DAY = datetime(2020, 1, 1)
PEOPLE = [(f"p{number}", float(number)) for number in range(40)]
ORDERS = [(f"o{number}", DAY + timedelta(hours=number), f"p{number % 40}") for number in range(80)]
LINES = [(DAY + timedelta(days=9), f"o{number}", number + 0.5) for number in range(80)]
NOTES = [(f"p{number}", "red") for number in range(40)]


def tables(people=(), orders=(), lines=(), notes=()) -> dict[str, pa.Table]:
    named = {
        "people": (people, ("who", "age")),
        "orders": (orders, ("order", "placed", "who")),
        "lines": (lines, ("at", "order", "price")),
        "notes": (notes, ("who", "shade")),
    }
    return {
        name: pa.table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
        for name, (rows, columns) in named.items()
        if rows
    }


TYPES = read_database(SPEC, tables(PEOPLE, ORDERS, LINES, NOTES)).types


def built(folder: Path, *rows) -> Path:
    build_store(read_database(SPEC, tables(*rows), types=TYPES, optional=set(TYPES)), folder)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:  # which nobody may change
    return built(tmp_path_factory.mktemp("whole") / "store", PEOPLE, ORDERS, LINES, NOTES)


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "run" / "store")


def append(
    folder: Path, people=(), orders=(), lines=(), notes=(), announce=lambda _: None
) -> Appended:
    engine = build_engine("duckdb")
    options = {"types": TYPES, "optional": set(TYPES), "engine": engine}
    options["stored"] = read_stored_tables(engine, SPEC, folder)
    new = read_database(SPEC, tables(people, orders, lines, notes), **options)
    return append_store(new, folder, announce)


def answers(store: Path | StoredEvents) -> list:
    if isinstance(store, Path):
        store = StoredEvents(SPEC, TYPES, store)
    asks = StoredAsks(pa.array([*(f"p{n}" for n in range(42)), None]), np.full(43, 2**60), {})
    found = describe_entities(store, "people", asks)["people"].to_arrow()
    sequences = {name: lists.to_pylist() for name, lists in found.sequences.items()}
    return [found.present.tolist(), found.columns.to_pylist(), sequences]


def test_an_order_that_changes_hands_takes_its_lines_along(store: Path, tmp_path: Path):
    moved = [("o3", DAY, "p41")]
    append(store, orders=moved)
    orders = [*(order for order in ORDERS if order[0] != "o3"), *moved]
    assert answers(store) == answers(built(tmp_path / "once", PEOPLE, orders, LINES, NOTES))
    assert len(read_index(store).segments) == 2


def test_a_line_of_an_order_stored_before_finds_who_placed_it(store: Path, tmp_path: Path):
    late = [(DAY + timedelta(hours=1), "o7", 1.5), (DAY, "nowhere", 2.5)]
    append(store, lines=late)
    once = built(tmp_path / "once", PEOPLE, ORDERS, [*LINES, *late], NOTES)
    assert answers(store) == answers(once)
    assert read_store_size(store).events == read_store_size(once).events


def test_who_is_described_twice_is_described_no_more(store: Path, tmp_path: Path):
    for rows in ([("p2", "blue")], [("p3", "blue"), ("p40", "blue")]):
        append(store, notes=rows)
    notes = [*NOTES, ("p2", "blue"), ("p3", "blue"), ("p40", "blue")]
    assert answers(store) == answers(built(tmp_path / "once", PEOPLE, ORDERS, LINES, notes))


def test_many_appends_become_few_segments_and_answer_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(MODULE, "_MOST", 3)
    store, people = built(tmp_path / "store", PEOPLE[:30], ORDERS, LINES, NOTES), PEOPLE[:30]
    sizes = []
    for number in range(4):
        row = (f"p{30 + number % 2}", float(number))
        people = [*(one for one in people if one[0] != row[0]), row]
        append(store, people=[row], lines=LINES[number : number + 1])
        sizes.append(len(read_index(store).segments))
    assert sizes == [2, 3, 2, 3]
    there = {path.name for path in store.iterdir() if path.is_dir()}
    assert there == {segment.name for segment in read_index(store).segments}
    once = built(tmp_path / "once", people, ORDERS, [*LINES, *LINES[:4]], NOTES)
    assert answers(store) == answers(once)


def test_finer_numbers_and_names_that_are_texts_are_as_if_all_were_read_at_once(tmp_path: Path):
    whole = [(at, order, float(int(price))) for at, order, price in LINES]
    fine = [(DAY, "o5", 0.25)]
    store = built(tmp_path / "store", PEOPLE, ORDERS, whole, NOTES)
    append(store, lines=fine)
    assert answers(store) == answers(
        built(tmp_path / "once", PEOPLE, ORDERS, [*whole, *fine], NOTES)
    )
    assert len(read_index(store).segments) == 1
    with pytest.raises(TableError, match="more than the 18"):
        append(store, lines=[(DAY, "o5", 1e17)])


def test_most_of_a_store_that_would_be_replaced_is_written_anew(store: Path):
    told = []
    people = [(who, age + 1) for who, age in PEOPLE]
    append(store, people, ORDERS, LINES, NOTES, announce=told.append)
    assert len(read_index(store).segments) == 1
    assert told
    assert len(told) == len(set(told))


def test_rows_that_replace_others_are_counted_apart_from_those_that_are_added(store: Path):
    moved = [(order, at, "p0") for order, at, _ in ORDERS[1:4]]
    said = append(store, orders=[*moved, ("new", DAY, "p1")], lines=LINES[:2], people=PEOPLE[:9])
    assert said == Appended(3, 3)


def test_rows_that_only_the_log_has_are_found_by_their_key(store: Path):
    log = EventLog(store.parent / EVENTS)
    rows = pa.table({"order": ["o3", "o900"], "who": ["p9", "p8"], "placed": [DAY, DAY]})
    with log.writing():
        log.append([EventRecord({"orders": rows})])
    keys = pa.array(["o3", "o900"])
    found = read_stored_links(store, "orders", "order", ["who"], keys)
    assert found["who"].to_pylist() == ["p3", "p9", "p8"]


def test_no_rows_change_nothing(store: Path):
    before = read_index(store)
    append(store)
    assert read_index(store) == before


def test_rows_that_say_what_is_stored_are_left_out(store: Path, tmp_path: Path):
    before = read_index(store)
    assert append(store, people=PEOPLE[:5], orders=ORDERS[3:9]) == Appended(0, 0)
    assert read_index(store) == before
    moved = ("o3", DAY, "p41")
    assert append(store, orders=[*ORDERS[4:9], moved], people=PEOPLE[:5]) == Appended(0, 1)
    assert read_index(store).segments[-1].tables == {"orders": 1}
    orders = [*(order for order in ORDERS if order[0] != "o3"), moved]
    assert answers(store) == answers(built(tmp_path / "once", PEOPLE, orders, LINES, NOTES))


def test_whoever_has_the_store_open_notices_nothing(store: Path):
    reader = StoredEvents(SPEC, TYPES, store)
    before = answers(reader)
    append(store, orders=[("new", DAY, "p1")])
    append(store, PEOPLE, ORDERS, LINES, NOTES)
    assert answers(reader) == before
    assert answers(store) != before


def test_a_writer_stopped_anywhere_leaves_the_store_as_it_was(store: Path, tmp_path: Path):
    """As it stands on the disk at every write, rename and removal of an append, it answers as before or as after."""
    rows = [("o1", DAY, "p9")]
    before, images = answers(store), tmp_path / "images"
    with at_each_write(store, images):
        append(store, orders=rows)
    after = answers(store)
    told = [answers(image) for image in sorted(images.iterdir(), key=lambda one: int(one.name))]
    assert len(told) > 20
    assert told.count(before) > 10
    switch = told.index(after)
    assert told == [before] * switch + [after] * (len(told) - switch)
    for image in list(images.iterdir())[::20]:
        append(image, orders=rows)
        assert answers(image) == after


def test_an_interrupted_append_can_be_made_again(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rows = [("o1", DAY, "p9")]
    before = answers(store)
    monkeypatch.setattr(MODULE, "write_segment", interrupt)
    with pytest.raises(KeyboardInterrupt):
        append(store, orders=rows)
    assert answers(store) == before
    monkeypatch.undo()
    append(store, orders=rows)
    orders = [*(order for order in ORDERS if order[0] != "o1"), *rows]
    assert answers(store) == answers(built(tmp_path / "once", PEOPLE, orders, LINES, NOTES))


def test_there_must_be_a_store_of_the_same_spec(tmp_path: Path):
    with pytest.raises(BundleError, match="holds no store"):
        append(tmp_path / "none", PEOPLE)


def interrupt(*arguments, **named):
    raise KeyboardInterrupt


WATCHED: list = []


def watch(event: str, arguments: tuple) -> None:
    is_write = event == "open" and isinstance(arguments[1], str) and arguments[1] not in ("r", "rb")
    if WATCHED and (is_write or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir")):
        folder, images = WATCHED[0]
        if str(arguments[0]).startswith(str(folder)):
            WATCHED.clear()
            shutil.copytree(folder, images / str(len(list(images.iterdir()))))
            WATCHED.append((folder, images))


@contextmanager
def at_each_write(folder: Path, images: Path) -> Iterator[None]:
    """Copy a folder whenever a file in it is about to be written, renamed or removed."""
    images.mkdir()
    sys.addaudithook(watch)  # for good, and idle but in this block
    WATCHED.append((folder, images))
    try:
        yield
    finally:
        WATCHED.clear()


@pytest.mark.parametrize("harm", ["cut", "remove"])
@pytest.mark.parametrize("name", ["rows.i64", "keys.npy", "index.json", "texts-0.arrow"])
def test_a_damaged_part_is_named_and_not_a_fault_of_the_program(
    store: Path, tmp_path: Path, name: str, harm: str
):
    file = next(path for path in sorted(store.rglob(name)) if path.stat().st_size)
    spoil(file, harm)
    with pytest.raises(BundleError, match="is damaged: 0/") as fault:
        StoredEvents(SPEC, TYPES, store)
    assert f"banian store {tmp_path / 'run'} --data DIR" in str(fault.value)


@pytest.mark.parametrize("harm", ["cut", "remove"])
@pytest.mark.parametrize("name", ["0.parquet", "rows.i64"])
def test_nothing_is_appended_to_a_damaged_store(store: Path, name: str, harm: str):
    for file in [*store.rglob(name)]:
        spoil(file, harm)
    before = (store / "store.json").read_bytes()
    with pytest.raises(BundleError, match="is damaged: 0/"):
        append(store, orders=[("new", DAY, "p1")])
    assert (store / "store.json").read_bytes() == before


@pytest.mark.parametrize("text", ["", '{"format": 3, "declared": "', "[]", "{}", '{"format": 3}'])
def test_an_index_that_was_cut_is_told_to_be_damaged(store: Path, text: str):
    (store / "store.json").write_text(text)
    for what in ("", " is not there"):
        with pytest.raises(BundleError, match=rf"is damaged: store.json{what}"):
            read_index(store)
        (store / "store.json").unlink(missing_ok=True)


def spoil(file: Path, harm: str) -> None:
    file.unlink() if harm == "remove" else os.truncate(file, file.stat().st_size // 2)
