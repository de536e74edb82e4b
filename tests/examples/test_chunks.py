"""Histories that come in pieces are those that come at once, and entities without events are told so."""

from pathlib import Path

import numpy as np
import pytest
from one_table import DAY, at, build, spec_of

from banian.features import engine_events
from banian.tables.engines import duckdb

SPEC = (
    "  t: {for_each: w, label: {aggregate: count, of: e, within: 7d}}\n"
    "  u: {for_each: w, label: {aggregate: sum, of: e.n, within: 7d}}\n"
)
LATE = ", known_at: {told: told_at}"


def lines(draw: np.random.Generator) -> list[str]:
    rows = []
    for _ in range(400):
        ago, later = (int(days) for days in draw.integers(0, 120, 2))
        who, number, text = draw.integers(0, 30), draw.integers(-5, 50), draw.integers(0, 4)
        told = at((later - ago) * DAY) if later < 60 else ""
        rows.append(f"{at(-ago * DAY)},{who},{number},x{text},{number % 2 == 0},{told}")
    return rows


@pytest.mark.parametrize("size", [1, 40, 399])
def test_pieces_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int):
    written = lines(np.random.default_rng(size))
    header = "at,who,n,text,told,told_at"
    whole = build(tmp_path, written, spec_of(SPEC, LATE), header=header).entities["w"]
    monkeypatch.setattr(engine_events, "_CHUNK", size)
    monkeypatch.setattr(duckdb, "_BATCH", 2048)
    cut = build(tmp_path, written, spec_of(SPEC, LATE), header=header).entities["w"]
    assert whole.columns.equals(cut.columns)
    assert list(whole.sequences) == list(cut.sequences) == ["e", "e known at told_at"]
    for path, lists in whole.sequences.items():
        assert lists.column_names == cut.sequences[path].column_names
        for name in lists.column_names:
            assert lists[name].to_pylist() == cut.sequences[path][name].to_pylist()


def test_sequences_are_the_newest_events_first_and_overlap_in_memory(tmp_path: Path):
    written = [f"{at(-ago * DAY)},1,{ago}" for ago in range(25)]
    rows = build(tmp_path, written, spec_of(SPEC)).entities["w"]
    assert rows.sequences["e"]["e.n"].to_pylist() == [[float(ago) for ago in range(20)]]
    assert rows.sequences["e"]["e.gap.days"].to_pylist() == [[1.0] * 20]
    assert rows.columns["e.n.last.1"].to_pylist() == [0.0]
    one = rows.take(np.array([0, 0]))
    assert one.sequences["e"]["e.n"].to_pylist() == [[float(ago) for ago in range(20)]] * 2
