"""What a model asks of a key at an instant is the same from the engine, from a store, and to whoever reads every row.

Features and sequences, levels, past items, and whether WHERE holds. Each draw is a form of shop, and many random shops
of that form side by side (`islands.py`), each with a twin to which something more happens later. Most stores are built
from some of the rows, and the others appended.
"""

import random
import tempfile
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import event, given
from islands import islands_of, united, with_future
from oracle_shop import Ask, Shop
from questions import windows_of
from same_answers import (
    arrow,
    bits,
    brief,
    by_oracle,
    entities_asked,
    holds,
    part,
    people,
    places,
    row_ask,
    rows_asked,
    same,
    tick_of,
)
from same_where import hold_rows, hold_where
from same_windows_back import hold_rows_back, hold_windows_back, looks_back
from shop_files import read_shop
from shop_rows import QUARTER, START, instants
from shops import entity_tasks, is_rich, row_tasks, shops
from stores import store_alive, store_at_once, store_by_parts

from banian.features import (
    EntityFeatures,
    StoredAsks,
    StoredEvents,
    describe_entities,
    describe_rows,
)
from banian.features.engine_events import EngineEvents
from banian.spec import EntityTaskSpec, RowTaskSpec
from banian.tables import Database

ISLANDS = 17
"""Shops of a form; with their twins, and at two grains, 204 in the gate."""


def asks_much(shop: Shop) -> bool:
    """Whether some task reads windows back, and some has a condition that looks into one."""
    labels = [question["label"] for question in shop.questions.values()]
    wheres = [question["where"] for question in shop.questions.values() if "where" in question]
    windows = [part for tree in (*labels, *wheres) for part in windows_of(tree)]
    if any(part[0] == "window" and part[1]["same"] == ["city"] for part in windows):
        return False  # of a city are the rows of all islands
    reads_back = any(windows_of(label) and looks_back(label) for label in labels)
    return is_rich(shop) and reads_back and any(map(windows_of, wheres))


@brief(3)
@given(
    shop=shops(entity_tasks(most=2)).filter(asks_much),
    seed=st.integers(0, 2**32),
    cutoffs=st.lists(instants, min_size=1, max_size=2, unique=True).map(sorted),
)
def test_entities(shop: Shop, seed: int, cutoffs: list[datetime]):
    islands = islands_of(shop, seed, ISLANDS)
    twins = [
        with_future(one, seed, cutoffs[-1] + QUARTER, ISLANDS * (at + 1))
        for at, one in enumerate(islands)
    ]
    whole = united([*islands, *twins])
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(whole, Path(folder) / "all")
        stored = store(whole, database, seed, Path(folder))
        described = set[str]()
        for name, task in database.spec.tasks.items():
            assert isinstance(task, EntityTaskSpec)
            if task.for_each not in described:
                described.add(task.for_each)
                describe_everybody(islands, twins, database, stored, name, cutoffs)
            asks, keys, at = entities_asked(database, name, cutoffs[-1:])
            asked, place = StoredAsks(keys, at, {}), places(keys, at)
            some = [
                (place[str(ask.key), tick_of(ask)], island, ask)
                for island in (*islands, *twins)
                for ask in people(island, task.for_each, cutoffs[-1:])[::3]
            ]
            hold_windows_back(database, stored, name, asks.rows, asked, some)
            if task.condition is not None:
                hold_where(database, stored, name, asks.rows, asked, some)


def describe_everybody(
    islands: list[Shop],
    twins: list[Shop],
    database: Database,
    stored: StoredEvents,
    name: str,
    cutoffs: list[datetime],
) -> None:
    task = database.spec.tasks[name]
    assert isinstance(task, EntityTaskSpec)
    asks, keys, at = entities_asked(database, name, cutoffs)
    found = arrow(describe_entities(EngineEvents(database), task.for_each, asks.rows))
    same(describe_entities(stored, task.for_each, StoredAsks(keys, at, {})), found)
    for one in range(0, len(keys), 37):
        alone = StoredAsks(keys.slice(one, 1), at[one : one + 1], {})
        same(describe_entities(stored, task.for_each, alone), part(found, [one]))
    place = places(keys, at)
    here, there = list[int](), list[int]()
    for island, twin in zip(islands, twins, strict=True):
        own, later = (people(other, task.for_each, cutoffs) for other in (island, twin))
        for ask in own:
            row = place[str(ask.key), tick_of(ask)]
            holds(found, row, by_oracle(island, task.for_each, ask))
        here += [place[str(ask.key), tick_of(ask)] for ask in own]
        there += [place[str(ask.key), tick_of(ask)] for ask in later]
    assert len(here) == len(there)
    unmoved(part(found, here), part(found, there))
    nobody = Ask("nobody", cutoffs[0], is_row=False, own={})
    told = StoredAsks(pa.array(["nobody"]), np.array([tick_of(nobody)]), {})
    strange = arrow(describe_entities(stored, task.for_each, told))
    holds(strange, 0, by_oracle(islands[0], task.for_each, nobody))


@brief(3)
@given(
    shop=shops(row_tasks(most=2)).filter(asks_much),
    seed=st.integers(0, 2**32),
    since=st.integers(40, 300),
)
def test_rows(shop: Shop, seed: int, since: int):
    islands, until = islands_of(shop, seed, ISLANDS), START + since * QUARTER
    twins = [with_future(one, seed, until, ISLANDS * (at + 1)) for at, one in enumerate(islands)]
    whole = united([*islands, *twins])
    orders = [(shop, row) for shop in (*islands, *twins) for row in shop.tables["orders"]]
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(whole, Path(folder) / "all")
        stored = store(whole, database, seed, Path(folder))
        describe_orders(islands, twins, until, database, stored)
        some = [
            (position, island, Ask(None, row["at"], is_row=True, own=row))
            for position, (island, row) in enumerate(orders)
            if position % 3 == 0 and row["at"] is not None
        ]
        for name, task in database.spec.tasks.items():
            assert isinstance(task, RowTaskSpec)
            if task.is_windowed:
                hold_rows_back(database, stored, name, some)
            if task.condition is not None:
                hold_rows(database, stored, name, some)


def describe_orders(
    islands: list[Shop],
    twins: list[Shop],
    until: datetime,
    database: Database,
    stored: StoredEvents,
) -> None:
    found, asked, place = rows_asked(database)
    same(describe_rows(stored, "orders", asked), found)
    for one in range(0, len(asked.at), 97):
        alone = StoredAsks(
            asked.keys.slice(one, 1),
            asked.at[one : one + 1],
            {n: c.slice(one, 1) for n, c in asked.own.items()},
        )
        same(describe_rows(stored, "orders", alone), part(found, [one]))
    again = np.repeat(np.arange(len(asked.at)), 2)[:60]
    own = {name: column.take(pa.array(again)) for name, column in asked.own.items()}
    keys = asked.keys.take(pa.array(again))
    twice = describe_rows(stored, "orders", StoredAsks(keys, asked.at[again], own))
    same(twice, part(found, again.tolist()))
    assert not len(again) or any(seen.told is not None for seen in twice.values())
    here, there = list[int](), list[int]()
    for shop_at, island in enumerate(islands):
        offset = sum(len(other.tables["orders"]) for other in islands[:shop_at])
        twin = sum(len(o.tables["orders"]) for o in (*islands, *twins[:shop_at]))
        for position, row in enumerate(island.tables["orders"]):
            if row["at"] is None:
                assert offset + position not in place
                continue
            holds(found, place[offset + position], row_ask(island, row))
            if row["at"] <= until:
                here.append(place[offset + position])
                there.append(place[twin + position])
    unmoved(part(found, here), part(found, there))


def store(shop: Shop, database: Database, seed: int, folder: Path) -> StoredEvents:
    """Build it at once, by appending, or by taking rows in while it is open."""
    if seed % 4 == 0:
        return store_at_once(database, folder)
    if seed % 2:
        with (
            patch("banian.features.live_store._HOURS", 10**6),
            patch("banian.features.live_store._LAYERS", 1),
        ):
            found, taken = store_alive(shop, database, random.Random(seed), folder)
        event(f"an open store took {taken} tables in")
        return found
    return store_by_parts(shop, database, random.Random(seed), folder)


def unmoved(here: dict[str, EntityFeatures], there: dict[str, EntityFeatures]) -> None:
    """Whoever has another key, and a later future, is told the same numbers."""
    for entity, one in here.items():
        other = there[entity]
        assert one.present.tolist() == other.present.tolist()
        for name in one.columns.column_names:
            if pa.types.is_floating(one.columns[name].type):
                assert bits(one.columns[name]) == bits(other.columns[name]), (entity, name)
        for path, lists in one.sequences.items():
            for name in lists.column_names:
                if pa.types.is_floating(lists[name].type.value_type):
                    assert lists[name].to_pylist() == other.sequences[path][name].to_pylist()
