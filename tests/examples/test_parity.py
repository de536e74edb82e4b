"""What is known of one key at one instant is the same from the engine, from a store, and to whoever reads every row.

Each draw is a form of shop, and many random shops of that form side by side (`islands.py`), each with a twin to which
something more happens later.
"""

import os
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings
from islands import islands_of, united, with_future
from oracle import born
from oracle_features import compare_itself, describe, describe_itself, describe_parents
from oracle_shop import Ask, Shop
from shop_files import read_shop
from shop_rows import QUARTER, START, instants
from shops import entity_tasks, is_rich, row_tasks, shops
from test_against_oracle import same_features, same_sequences

from banian.examples.ask import Asks, ask_entities, ask_rows
from banian.features import (
    EntityFeatures,
    StoredAsks,
    StoredEvents,
    describe_entities,
    describe_rows,
)
from banian.features.asks import OWN
from banian.features.build_store import build_store
from banian.features.engine_events import EngineEvents
from banian.spec import EntityTaskSpec, RowTaskSpec
from banian.tables import Database

TIMES = int(os.environ.get("BANIAN_PARITY_TIMES", "1"))
FORMS = 5 * TIMES
ISLANDS = 10
"""Shops of a form; with their twins, and at two grains, 200 in the gate."""
BRIEF = settings(
    max_examples=FORMS,
    deadline=None,
    derandomize=TIMES == 1,
    phases=[Phase.reuse, Phase.generate],  # to shrink many shops takes hours
    suppress_health_check=list(HealthCheck),
)


@BRIEF
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
            anybody = {name: task.model_copy(update={"where": None})}
            asks = ask_entities(database, task.for_each, anybody, tuple(cutoffs))
            found = describe_entities(EngineEvents(database), task.for_each, asks.rows)
            keys, at = who(asks)
            same(describe_entities(stored, task.for_each, StoredAsks(keys, at, {})), found)
            for one in range(0, len(keys), 37):
                alone = StoredAsks(keys.slice(one, 1), at[one : one + 1], {})
                same(describe_entities(stored, task.for_each, alone), part(found, [one]))
            place = {
                (key, tick): n
                for n, (key, tick) in enumerate(zip(keys.to_pylist(), at.tolist(), strict=True))
            }
            for island, twin in zip(islands, twins, strict=True):
                here, there = (people(other, task.for_each, cutoffs) for other in (island, twin))
                assert len(here) == len(there)
                for ask, later in zip(here, there, strict=True):
                    row = place[str(ask.key), tick_of(ask)]
                    holds(found, row, ask)
                    unmoved(
                        part(found, [row]), part(found, [place[str(later.key), tick_of(later)]])
                    )


@BRIEF
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
        name, task = next(iter(database.spec.tasks.items()))
        assert isinstance(task, RowTaskSpec)
        every = {name: task.model_copy(update={"where": None, "scenes": ()})}
        asks = ask_rows(database, database.tables["orders"], every, None)
        found = describe_rows(EngineEvents(database), "orders", asks.rows)
        read = asks.rows.order_by("ask").to_pyarrow()
        at = read["at"].to_numpy()
        told = found["orders"].columns
        own = {name: told[name].combine_chunks() for name in told.column_names}
        own |= {
            link: read[OWN + link].cast(pa.string()).combine_chunks()
            for link in ("customer", "product")
        }
        asked = StoredAsks(pa.nulls(len(at), pa.string()), at, own)
        same(describe_rows(stored, "orders", asked), found)
        for one in range(0, len(at), 97):
            alone = StoredAsks(
                asked.keys.slice(one, 1),
                at[one : one + 1],
                {n: c.slice(one, 1) for n, c in own.items()},
            )
            same(describe_rows(stored, "orders", alone), part(found, [one]))
        place = {position: n for n, position in enumerate(read[f"{OWN}banian row"].to_pylist())}
        for shop_at, island in enumerate(islands):
            offset = sum(len(other.tables["orders"]) for other in islands[:shop_at])
            twin = sum(len(o.tables["orders"]) for o in (*islands, *twins[:shop_at]))
            for position, row in enumerate(island.tables["orders"]):
                if row["at"] is None:
                    assert offset + position not in place
                    continue
                here = place[offset + position]
                holds(found, here, row_ask(island, row))
                if row["at"] <= until:
                    unmoved(part(found, [here]), part(found, [place[twin + position]]))


def store(database: Database, folder: Path) -> StoredEvents:
    build_store(database, folder / "store")
    return StoredEvents(database.spec, database.types, folder / "store")


def who(asks: Asks) -> tuple[pa.Array, np.ndarray]:
    read = asks.rows.order_by("ask").to_pyarrow()
    return read["key"].cast(pa.string()).combine_chunks(), read["at"].to_numpy()


def people(shop: Shop, entity: str, cutoffs: Iterable[datetime]) -> list[Ask]:
    asks = [
        Ask(key, cutoff, is_row=False, own={})
        for cutoff in cutoffs
        for key in sorted(born(shop, entity, cutoff))
    ]
    for ask in asks:
        describe(shop, ask, entity, entity, ask.key)
        describe_parents(shop, ask, entity, ask.key)
    return asks


def row_ask(shop: Shop, row: dict) -> Ask:
    declared = shop.tree["tables"]["orders"]
    ask = Ask(None, row["at"], is_row=True, own=row)
    describe_itself(shop, ask, "orders")
    names = {}
    for column, entity in declared["links"].items():
        names[column] = entity
        describe(shop, ask, entity, entity, row[column])
    for column, entity in declared["links"].items():
        describe_parents(shop, ask, entity, row[column])
    compare_itself(shop, ask, "orders", names)
    return ask


def tick_of(ask: Ask) -> int:
    return (ask.cutoff - datetime(1970, 1, 1)) // timedelta(microseconds=1) + 1


def part(found: dict[str, EntityFeatures], rows: list[int]) -> dict[str, EntityFeatures]:
    return {name: seen.take(np.array(rows)) for name, seen in found.items()}


def holds(found: dict[str, EntityFeatures], row: int, ask: Ask) -> None:
    """Hold a row against the oracle."""
    assert found.keys() == ask.features.keys()
    for entity, seen in found.items():
        where = f"{ask.key} at {ask.cutoff}"
        assert seen.present[row] == ask.present[entity], (entity, where)
        same_features(seen, row, ask.features[entity], where)
        same_sequences(seen, row, ask.sequences.get(entity, {}), where)


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


def same(found: dict[str, EntityFeatures], expected: dict[str, EntityFeatures]) -> None:
    assert list(found) == list(expected)
    for entity, there in expected.items():
        one = found[entity]
        assert one.present.tolist() == there.present.tolist(), entity
        assert one.columns.schema == there.columns.schema
        for name in one.columns.column_names:
            assert bits(one.columns[name]) == bits(there.columns[name]), (entity, name)
        assert (one.ids is None) == (there.ids is None)
        assert one.ids is None or one.ids.to_pylist() == there.ids.to_pylist()
        assert one.links == there.links
        assert list(one.sequences) == list(there.sequences)
        for path, lists in there.sequences.items():
            assert one.sequences[path].column_names == lists.column_names
            for name in lists.column_names:
                assert one.sequences[path][name].to_pylist() == lists[name].to_pylist(), name


def bits(column: pa.ChunkedArray) -> object:
    if not pa.types.is_floating(column.type):
        return column.to_pylist()
    return np.asarray(column.fill_null(-0.0)).tobytes(), column.is_null().to_pylist()
