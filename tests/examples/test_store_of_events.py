"""What a store says of one key at one instant is, bit for bit, what the engine says of it among all others."""

import tempfile
from datetime import datetime
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import given
from oracle_shop import Shop
from shop_files import read_shop
from shops import entity_tasks, instants, is_rich, row_tasks, shops
from test_against_oracle import BRIEF

from banian.examples import GrainExamples, build_examples
from banian.features import (
    EntityFeatures,
    StoredAsks,
    StoredEvents,
    build_store,
    describe_entities,
    describe_rows,
)
from banian.tables import Database

TYPES = {"number": pa.float64(), "truth": pa.float64(), "time": pa.int64()}


@BRIEF
@given(
    shop=shops(entity_tasks()).filter(is_rich),
    cutoffs=st.lists(instants, min_size=1, max_size=3, unique=True).map(sorted),
)
def test_entities(shop: Shop, cutoffs: list[datetime]):
    grains = {task["for_each"] for task in shop.tree["tasks"].values()}
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(shop, Path(folder))
        built = build_examples(database, dict.fromkeys(grains, tuple(cutoffs)))
        build_store(database, Path(folder) / "store")
        stored = StoredEvents(database.spec, database.types, Path(folder) / "store")
        for grain, rows in built.grains.items():
            keys = rows.keys.column(0).cast(pa.string()).combine_chunks()
            at = rows.cutoff.astype(np.int64) + 1
            same(describe_entities(stored, grain, StoredAsks(keys, at, {})), rows)
            for one in range(0, len(rows), 7):
                asks = StoredAsks(keys.slice(one, 1), at[one : one + 1], {})
                same(describe_entities(stored, grain, asks), rows.take(np.array([one])))


@BRIEF
@given(shop=shops(row_tasks()).filter(is_rich))
def test_rows(shop: Shop):
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(shop, Path(folder))
        rows = build_examples(database, {}).grains["rows of orders"]
        build_store(database, Path(folder) / "store")
        stored = StoredEvents(database.spec, database.types, Path(folder) / "store")
        asks = StoredAsks(
            pa.nulls(len(rows), pa.string()), rows.cutoff.astype(np.int64), own(database, rows)
        )
        same(describe_rows(stored, "orders", asks), rows)
        for one in range(0, len(rows), 5):
            alone = StoredAsks(
                asks.keys.slice(one, 1),
                asks.at[one : one + 1],
                {name: column.slice(one, 1) for name, column in asks.own.items()},
            )
            same(describe_rows(stored, "orders", alone), rows.take(np.array([one])))


def own(database: Database, rows: GrainExamples) -> dict[str, pa.Array]:
    """The columns of the rows as they would come with a request."""
    told = rows.entities["orders"].columns
    found = {name: told[name].combine_chunks() for name in told.column_names}
    for name, entity in (("customer", "customers"), ("product", "products")):
        if name not in found:
            found[name] = rows.entities[entity].ids
    return found


def same(found: dict[str, EntityFeatures], rows: GrainExamples) -> None:
    assert list(found) == list(rows.entities)
    for entity, expected in rows.entities.items():
        one = found[entity]
        assert one.present.tolist() == expected.present.tolist(), entity
        assert one.columns.column_names == expected.columns.column_names
        for name in one.columns.column_names:
            here, there = one.columns[name], expected.columns[name]
            assert here.type == there.type, name
            assert bits(here) == bits(there), (entity, name, here.to_pylist(), there.to_pylist())
        assert (one.ids is None) == (expected.ids is None)
        assert one.ids is None or one.ids.to_pylist() == expected.ids.to_pylist()
        assert one.links == expected.links
        assert list(one.sequences) == list(expected.sequences)
        for path, lists in expected.sequences.items():
            assert one.sequences[path].column_names == lists.column_names
            for name in lists.column_names:
                assert one.sequences[path][name].to_pylist() == lists[name].to_pylist(), name


def bits(column: pa.ChunkedArray) -> object:
    if not pa.types.is_floating(column.type):
        return column.to_pylist()
    values = np.asarray(column.combine_chunks().fill_null(-0.0))
    return values.tobytes(), column.is_null().to_pylist()
