"""Levels and past items are the same from the engine, from a store, and to whoever reads every row.

Each draw is a form of shop, and many random shops of that form side by side (`islands.py`).
"""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import given
from islands import islands_of, number_of, united
from oracle_labels import has_level, mirrored, value_of
from oracle_shop import Ask, Shop
from questions import Tree, windows_of
from same_answers import brief, entities_asked, store
from shop_files import read_shop
from shop_rows import instants
from shops import entity_tasks, is_rich, row_tasks, shops

from banian.examples.ask import ask_rows
from banian.features import StoredAsks
from banian.features.asks import OWN
from banian.features.engine_events import EngineEvents
from banian.features.level import build_level
from banian.features.past_items import build_had, build_seen
from banian.features.source import AbstractEventSource
from banian.schema import ColumnType
from banian.spec import EntityTaskSpec, RowTaskSpec, TaskSpec
from banian.spec.past import MOST_ITEMS, SPANS

ISLANDS = 26
"""Shops of a form; at two grains, 208."""


def looks_back(shop: Shop) -> bool:
    labels = [question["label"] for question in shop.questions.values()]
    windows = [part for label in labels for part in windows_of(label)]
    if any(part[0] == "window" and part[1]["same"] == ["city"] for part in windows):
        return False  # of a city are the rows of all islands
    kinds = [is_list(label) or has_level(label) for label in labels if windows_of(label)]
    return is_rich(shop) and any(kinds)


@brief(4)
@given(
    shop=shops(entity_tasks(most=2)).filter(looks_back),
    seed=st.integers(0, 2**32),
    cutoff=instants,
)
def test_of_entities(shop: Shop, seed: int, cutoff: datetime):
    islands = islands_of(shop, seed, ISLANDS)
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(united(islands), Path(folder))
        stored = store(database, Path(folder))
        for name, task in database.spec.tasks.items():
            assert isinstance(task, EntityTaskSpec)
            asks, keys, at = entities_asked(database, name, [cutoff])
            asked = StoredAsks(keys, at, {})
            label = shop.questions[name]["label"]
            found = looked_back(EngineEvents(database), asks.rows, name, task)
            same(looked_back(stored, asked, name, task), found)
            every = {str(key): key for key in asks.rows.key.to_pyarrow().to_pylist()}
            for place, text in list(enumerate(keys.to_pylist()))[::2]:
                island = islands[number_of(text)]
                ask = Ask(every[text], cutoff, is_row=False, own={})
                holds(found, place, expected(island, ask, task.for_each, label, task))


@brief(4)
@given(
    shop=shops(row_tasks(most=2)).filter(looks_back),
    seed=st.integers(0, 2**32),
)
def test_of_rows(shop: Shop, seed: int):
    islands = islands_of(shop, seed, ISLANDS)
    rows = [(island, row) for island in islands for row in island.tables["orders"]]
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(united(islands), Path(folder))
        stored = store(database, Path(folder))
        for name, task in database.spec.tasks.items():
            assert isinstance(task, RowTaskSpec)
            if not task.is_windowed:
                continue
            every = {name: task.model_copy(update={"where": None, "scenes": ()})}
            asks = ask_rows(database, database.tables["orders"], every, None)
            read = asks.rows.order_by("ask").to_pyarrow()
            own = {
                column: told(read[OWN + column].combine_chunks(), kind)
                for column, kind in database.types["orders"].items()
                if OWN + column in read.column_names
            }
            asked = StoredAsks(pa.nulls(len(read), pa.string()), read["at"].to_numpy(), own)
            label = shop.questions[name]["label"]
            found = looked_back(EngineEvents(database), asks.rows, name, task)
            same(looked_back(stored, asked, name, task), found)
            positions = read[f"{OWN}banian row"].to_pylist()
            for place, position in list(enumerate(positions))[::3]:
                island, row = rows[position]
                ask = Ask(None, row["at"], is_row=True, own=row)
                holds(found, place, expected(island, ask, None, label, task))


def told(column: pa.Array, kind: ColumnType) -> pa.Array:
    """As a store is asked: numbers and truths as floats, times as ticks, all others as text."""
    if kind.is_name or kind.kind in ("text", "other"):
        return column.cast(pa.string())
    if kind.kind == "time":
        return column.cast(pa.timestamp("us")).cast(pa.int64())
    return column.cast(pa.int64() if kind.kind == "boolean" else pa.float64()).cast(pa.float64())


def looked_back(
    source: AbstractEventSource[Any], asks: object, name: str, task: TaskSpec
) -> tuple[np.ndarray, list[Any], list[Any]]:
    level = build_level(source, asks, name, task)
    if "LIST_DISTINCT" not in task.label:
        return level, [], []
    new = task.model_copy(update={"label": task.label.replace(" RANK", " NEW RANK")})
    seen, had = build_seen(source, asks, name, task), build_had(source, asks, name, new)
    return level, seen.to_pylist(), had.to_pylist()


def same(
    one: tuple[np.ndarray, list[Any], list[Any]], other: tuple[np.ndarray, list[Any], list[Any]]
):
    assert one[0].tobytes() == other[0].tobytes()
    assert one[1:] == other[1:]


def holds(
    found: tuple[np.ndarray, list[Any], list[Any]],
    place: int,
    oracle: tuple[float, list[Any], list[Any]],
) -> None:
    level, seen, had = oracle
    assert np.isclose(found[0][place], level, rtol=1e-12, atol=0)
    if found[1] or found[2]:
        assert (found[1][place], found[2][place]) == (seen, had)


def expected(
    shop: Shop, ask: Ask, entity: str | None, label: Tree, task: TaskSpec
) -> tuple[float, list[Any], list[Any]]:
    """Read every row."""
    if not is_list(label):
        back = value_of(shop, ask, entity, mirrored(label), ask.own) if has_level(label) else None
        return float(back or 0), [], []

    def items(start: str) -> list[str]:
        window = ("window", label[1] | {"start": start, "end": "0"})
        return sorted({str(item) for item in value_of(shop, ask, entity, window, ask.own)})

    hours = int(task.horizon.total_seconds()) // 3600
    span: dict[str, int] = {}
    for at, times in reversed(list(enumerate(SPANS))):
        span |= dict.fromkeys(items(f"-{hours * times}h"), at)
    order = sorted(span.items(), key=lambda one: (one[1], one[0]))
    return 0.0, [{"item": i, "span": s} for i, s in order[:MOST_ITEMS]], items("-110000d")


def is_list(label: Tree) -> bool:
    return label[0] == "window" and label[1]["function"] == "list_distinct"
