"""One store that is asked about an entity in several ways, one after another, says what a store just opened says.

A customer as such, as the one that an order names, and as the one that a row without time names are told of by
different features; what is kept from one of them must not be taken for another.
"""

import tempfile
from collections.abc import Callable
from datetime import datetime
from itertools import permutations
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import given
from oracle_shop import Ask, Shop
from same_answers import brief, same, tick_of
from shop_files import read_shop
from shop_rows import instants
from shops import entity_tasks, is_rich, row_tasks, shops
from stores import store_at_once

from banian.features import EntityFeatures, StoredAsks, StoredEvents, describe_entities
from banian.features.compute import describe_linked
from banian.features.stored_rows import NEVER
from banian.spec import SourceTableSpec
from banian.tables import Database

KEYS = {"customers": ["1", "2", "4", "9", "1"], "products": ["p1", "p3", "p8", "p2", "p1"]}
Way = Callable[[StoredEvents], dict[str, EntityFeatures]]
tasks = st.tuples(row_tasks(most=1), entity_tasks(most=1)).map(
    lambda two: (two[0][0] | two[1][0], two[0][1] | two[1][1])
)


def is_told_in_ways(shop: Shop) -> bool:
    """Whether a table without time describes some, so that those who ask by it are told less."""
    return is_rich(shop) and "links" in shop.tree["tables"].get("profiles", {})


def ways_of(database: Database, entity: str, at: list[datetime]) -> dict[str, Way]:
    """Give every way in which a store can be asked about an entity, as its keys at instants and by each table."""
    spec = database.spec
    keys = pa.array(KEYS[entity], pa.string())
    ticks = np.array([tick_of(Ask(None, one, is_row=False, own={})) for one in at])
    asks = StoredAsks(keys, ticks, {})
    never = StoredAsks(keys, np.full(len(keys), NEVER), {})
    ways: dict[str, Way] = {"itself": lambda stored: describe_entities(stored, entity, asks)}
    for table, declared in spec.tables.items():
        if not isinstance(declared, SourceTableSpec) or entity not in declared.links.values():
            continue
        asked = never if declared.time is None else asks

        def ask(
            stored: StoredEvents, table: str = table, asked: StoredAsks = asked
        ) -> dict[str, EntityFeatures]:
            return describe_linked(stored, table, entity, asked)

        ways[table] = ask
    return ways


@brief(6)
@given(
    shop=shops(tasks).filter(is_told_in_ways),
    at=st.lists(instants, min_size=5, max_size=5),
    chance=st.randoms(use_true_random=False),
)
def test_whatever_was_asked_before(shop: Shop, at: list[datetime], chance):
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(shop, Path(folder))
        fresh = store_at_once(database, Path(folder))

        def opened() -> StoredEvents:
            return StoredEvents(database.spec, database.types, fresh.folder)

        for entity in KEYS:
            ways = ways_of(database, entity, at)
            assert len(ways) > 1
            alone = {name: way(opened()) for name, way in ways.items()}
            told = {tuple(found[entity].columns.column_names) for found in alone.values()}
            assert len(told) > 1 or entity == "products"
            orders = list(permutations(ways))
            for order in (orders[0], orders[-1], chance.choice(orders)):
                stored = opened()
                for name in (*order, *order):
                    same(ways[name](stored), alone[name])
