"""One store that is asked about an entity in several ways, one after another, says what a store just opened says.

A customer as such, as the one that an order names, and as the one that a row without time names are told of by
different features; what is kept from one of them must not be taken for another.
"""

import tempfile
from collections.abc import Callable
from datetime import datetime
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

KEYS = pa.array(["1", "2", "4", "9", "1"], pa.string())
Way = Callable[[StoredEvents], dict[str, EntityFeatures]]
tasks = st.tuples(row_tasks(most=1), entity_tasks(most=1)).map(
    lambda two: (two[0][0] | two[1][0], two[0][1] | two[1][1])
)


def is_told_in_ways(shop: Shop) -> bool:
    """Whether a table without time describes some, so that those who ask by it are told less."""
    return is_rich(shop) and "links" in shop.tree["tables"].get("profiles", {})


def ways_of(database: Database, at: list[datetime]) -> dict[str, Way]:
    """Give every way in which a store can be asked about customers: as such at instants, and by each table."""
    spec, entity = database.spec, "customers"
    ticks = np.array([tick_of(Ask(None, one, is_row=False, own={})) for one in at])
    asks = StoredAsks(KEYS, ticks, {})
    never = StoredAsks(KEYS, np.full(len(KEYS), NEVER), {})
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


@brief(1)
@given(
    shop=shops(tasks).filter(is_told_in_ways),
    at=st.lists(instants, min_size=len(KEYS), max_size=len(KEYS)),
)
def test_whatever_was_asked_before(shop: Shop, at: list[datetime]):
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(shop, Path(folder))
        place = store_at_once(database, Path(folder)).folder

        def opened() -> StoredEvents:
            return StoredEvents(database.spec, database.types, place)

        ways = ways_of(database, at)
        alone = {name: way(opened()) for name, way in ways.items()}
        told = {tuple(found["customers"].columns.column_names) for found in alone.values()}
        assert len(told) > 1
        for order in (list(ways), list(ways)[::-1]):
            stored = opened()
            for name in (*order, *order):
                same(ways[name](stored), alone[name])
