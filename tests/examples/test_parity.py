"""What is known of one key at one instant is the same from the engine, from a store, and to whoever reads every row.

Each draw is a form of shop, and many random shops of that form side by side (`islands.py`), each with a twin to which
something more happens later.
"""

import tempfile
from datetime import datetime
from pathlib import Path

import hypothesis.strategies as st
import pyarrow as pa
from hypothesis import given
from islands import islands_of, united, with_future
from oracle_shop import Shop
from same_answers import (
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
    store,
    tick_of,
)
from shop_files import read_shop
from shop_rows import QUARTER, START, instants
from shops import entity_tasks, is_rich, row_tasks, shops

from banian.features import EntityFeatures, StoredAsks, describe_entities, describe_rows
from banian.features.engine_events import EngineEvents
from banian.spec import EntityTaskSpec

ISLANDS = 10
"""Shops of a form; with their twins, and at two grains, 200 in the gate."""


@brief(5)
@given(
    shop=shops(entity_tasks(most=1)).filter(is_rich),
    seed=st.integers(0, 2**32),
    cutoffs=st.lists(instants, min_size=1, max_size=2, unique=True).map(sorted),
)
def test_entities(shop: Shop, seed: int, cutoffs: list[datetime]):
    islands = islands_of(shop, seed, ISLANDS)
    twins = [
        with_future(one, seed, cutoffs[-1] + QUARTER, ISLANDS * (at + 1))
        for at, one in enumerate(islands)
    ]
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(united([*islands, *twins]), Path(folder))
        stored = store(database, Path(folder))
        for name, task in database.spec.tasks.items():
            assert isinstance(task, EntityTaskSpec)
            asks, keys, at = entities_asked(database, name, cutoffs)
            found = describe_entities(EngineEvents(database), task.for_each, asks.rows)
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


@brief(5)
@given(
    shop=shops(row_tasks(most=2)).filter(is_rich),
    seed=st.integers(0, 2**32),
    since=st.integers(40, 300),
)
def test_rows(shop: Shop, seed: int, since: int):
    islands, until = islands_of(shop, seed, ISLANDS), START + since * QUARTER
    twins = [with_future(one, seed, until, ISLANDS * (at + 1)) for at, one in enumerate(islands)]
    whole = united([*islands, *twins])
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(whole, Path(folder))
        stored = store(database, Path(folder))
        found, asked, place = rows_asked(database)
        same(describe_rows(stored, "orders", asked), found)
        for one in range(0, len(asked.at), 97):
            alone = StoredAsks(
                asked.keys.slice(one, 1),
                asked.at[one : one + 1],
                {n: c.slice(one, 1) for n, c in asked.own.items()},
            )
            same(describe_rows(stored, "orders", alone), part(found, [one]))
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
