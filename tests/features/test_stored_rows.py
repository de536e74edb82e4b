"""Rows come back by their keys, whatever came in one part or another; what is no store is refused in words."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.errors import BundleError
from banian.features import StoredEvents, stored_keys, stored_rows
from banian.features.asked_row import NO_ASKS
from banian.features.store_index import StoreIndex, sum_declared
from banian.features.stored_keys import Keys
from banian.features.stored_rows import RowsWriter, StoredRows, as_bits, merge_rows
from banian.schema import ColumnType
from banian.spec import parse_spec

SPEC = parse_spec(
    "shop: s\ntables: {e: {source: e.csv, time: at, links: {who: w}}, w: {from: e, key: who}}\n"
    "tasks: {t: 'PREDICT EXISTS(e, 0, 7d) FOR EACH w'}\nsplit: {valid: 2020-01-01, test: 2020-02-01}\n"
)
parts_of_rows = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "ä", "", "17", "0x"]),
        st.lists(st.tuples(st.floats(), st.sampled_from(["red", "", "blue", None])), max_size=4),
        max_size=3,
    ),
    min_size=1,
    max_size=3,
)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(parts=parts_of_rows)
def test_rows_come_back_by_their_keys(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("rows") / "rows"
    writer, expected = RowsWriter(folder), {}
    for number, part in enumerate(parts):
        fresh = {key: rows for key, rows in part.items() if key not in expected}
        expected |= {key: (number, rows) for key, rows in fresh.items()}
        rows = [row for key in fresh for row in fresh[key]]
        numbers = {("x",): as_bits([value for value, _ in rows])}
        if number:  # a field that the first part does not have
            numbers["part", number] = np.full(len(rows), number)
        writer.add(
            pa.array(list(fresh), pa.string()),
            np.array([len(fresh[key]) for key in fresh], np.int64),
            numbers,
            {("w", None): pa.array([word for _, word in rows], pa.string())},
        )
    writer.close()
    stored = StoredRows(folder)
    for key in [*expected, "no such key", None]:
        number, rows = expected.get(key, (0, []))
        start, length = stored.find(Keys(pa.array([key], pa.string())))
        assert length[0] == len(rows)
        found = stored.rows[start[0] : start[0] + length[0]]
        if rows:
            assert np.array_equal(
                stored.floats(found, ("x",)), [v for v, _ in rows], equal_nan=True
            )
            assert stored.words(found, ("w", None)).to_pylist() == [word for _, word in rows]
            for other in range(1, len(parts)):
                if ("part", other) in stored.places:
                    marks = found[:, stored.places["part", other]]
                    assert set(marks.tolist()) == {number if other == number else 0}


@pytest.mark.parametrize("content", [None, "{", '{"format": 99}'])
def test_what_is_no_store_is_refused_with_the_command_that_makes_one(tmp_path: Path, content):
    if content is not None:
        (tmp_path / "store.json").write_text(content)
    with pytest.raises(BundleError) as error:
        StoredEvents(SPEC, {}, tmp_path)
    assert f"banian store {tmp_path.parent} --data" in error.value.remedy


def test_keys_of_one_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of ten hashes two of seven keys have one, until a salt is found with which none have."""
    true = stored_keys.hash_keys
    monkeypatch.setattr(stored_keys, "hash_keys", lambda keys, salt: true(keys, salt) % 10)
    writer, keys = RowsWriter(tmp_path / "rows"), pa.array(list("abcdefg"))
    writer.add(keys, np.ones(7, np.int64), {("x",): np.arange(7)})
    writer.close()
    stored = StoredRows(tmp_path / "rows")
    start, length = stored.find(Keys(keys))
    assert stored.rows[start, 0].tolist() == list(range(7))
    assert length.tolist() == [1] * 7


def test_a_file_has_its_room_before_it_is_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where a disk is full, to write to a map ends the process without a word."""
    mapped, checked = np.memmap, list[bool]()

    def expect_room(*arguments, **named):
        if "r+" in arguments:
            checked.append(arguments[0].stat().st_blocks * 512 >= 8 * np.prod(named["shape"]))
        return mapped(*arguments, **named)

    monkeypatch.setattr(np, "memmap", expect_room)
    monkeypatch.setattr(stored_rows, "_HELD", 0)
    writer = RowsWriter(tmp_path / "rows")
    writer.add(pa.array(["a"]), np.array([9999]), {("x",): np.arange(9999)})
    writer.close()
    assert checked == [True]
    assert StoredRows(tmp_path / "rows").rows[:, 0].tolist() == list(range(9999))


def test_a_store_of_another_spec_is_refused(tmp_path: Path):
    StoreIndex(sum_declared(SPEC, {}), {}, 0, (), NO_ASKS).write(tmp_path)
    StoredEvents(SPEC, {}, tmp_path)
    for spec, types in (
        (SPEC.model_copy(update={"tasks": {}}), {}),
        (SPEC, {"e": {"n": ColumnType("whole")}}),
    ):
        with pytest.raises(BundleError, match="another spec"):
            StoredEvents(spec, types, tmp_path)


@settings(max_examples=30)
@given(data=st.data())
def test_merged_layers_answer_as_the_newest_that_knows_a_key(tmp_path_factory, data):
    folder, layers, expected = tmp_path_factory.mktemp("layers"), [], {}
    for number in range(data.draw(st.integers(1, 4))):
        keys = data.draw(st.lists(st.sampled_from("abcdefg"), unique=True, max_size=6))
        fields = data.draw(st.permutations([("x",), ("y",), ("word",)]))[
            : data.draw(st.integers(1, 3))
        ]
        rows = {key: data.draw(st.integers(0, 3)) for key in keys}
        total = sum(rows.values())
        values = {field: np.arange(total) + 100 * number for field in fields if field[0] != "word"}
        words = [data.draw(st.sampled_from([None, "p", "q", f"w{number}"])) for _ in range(total)]
        texts = {("word",): pa.array(words, pa.string())} if ("word",) in fields else {}
        writer = RowsWriter(folder / str(number))
        writer.add(
            pa.array(keys, pa.string()), np.array(list(rows.values()), np.int64), values, texts
        )
        writer.close()
        layers.insert(0, StoredRows(folder / str(number)))
        done = 0
        for key, count in rows.items():
            expected[key] = [
                {
                    "x": int(values[("x",)][at]) if ("x",) in values else 0,
                    "y": int(values[("y",)][at]) if ("y",) in values else 0,
                    "word": words[at] if texts else "",
                }
                for at in range(done, done + count)
            ]
            done += count
    merged = merge_rows(layers)
    for key, rows in expected.items():
        start, length = (one[0] for one in merged.find(Keys(pa.array([key]))))
        assert length == len(rows)
        found = merged.rows[start : start + length]
        for at, row in enumerate(rows):
            for name in ("x", "y"):
                told = int(found[at, merged.places[name,]]) if (name,) in merged.places else 0
                assert told == row[name]
            if row["word"] != "" and ("word",) in merged.places:
                assert merged.words(found, ("word",))[at].as_py() == row["word"]
    assert not merged.knows(Keys(pa.array(["nobody"]))).any()
