"""A store to which rows were appended, in whatever order, answers as one that was built from all of them together.

Many random shops side by side (`islands.py`) are cut into parts by row, so that events come late, links lead to what
comes later, and some rows are updates of others.
"""

import random
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import given
from islands import islands_of, united
from oracle_shop import Row, Shop
from same_answers import (
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
from shop_files import types_of, write_shop
from shop_rows import instants
from shops import entity_tasks, is_rich, row_tasks, shops

from banian.features import StoredAsks, StoredEvents, describe_entities, describe_rows
from banian.features.append_store import append_store, read_stored_tables
from banian.features.build_store import build_store
from banian.features.condition import where_holds
from banian.spec import EntityTaskSpec
from banian.tables import Database, build_engine, read_database

ISLANDS = 16
"""Shops of a form; 64 in the gate, of which every eighth is held against the oracle, too."""


@brief(2)
@given(
    shop=shops(entity_tasks(most=1)).filter(is_rich),
    seed=st.integers(0, 2**32),
    cutoffs=st.lists(instants, min_size=1, max_size=2, unique=True).map(sorted),
)
def test_entities(shop: Shop, seed: int, cutoffs: list[datetime]):
    islands = islands_of(shop, seed, ISLANDS)
    with tempfile.TemporaryDirectory() as name:
        database, once, more = both(united(islands), random.Random(seed), Path(name))
        for task_name, task in database.spec.tasks.items():
            assert isinstance(task, EntityTaskSpec)
            _, keys, at = entities_asked(database, task_name, cutoffs)
            nobody = pa.array(["nobody", None], pa.string())
            asks = (
                StoredAsks(pa.concat_arrays([keys, nobody]), np.append(at, at[:1].repeat(2)), {})
                if len(at)
                else StoredAsks(keys, at, {})
            )
            if task.condition is not None:
                held = (where_holds(one, asks, task_name, task) for one in (more, once))
                np.testing.assert_array_equal(*held)
            found = describe_entities(more, task.for_each, asks)
            same(found, describe_entities(once, task.for_each, asks))
            for one in range(0, len(keys), 61):
                alone = StoredAsks(keys.slice(one, 1), at[one : one + 1], {})
                same(describe_entities(more, task.for_each, alone), part(found, [one]))
            place = places(keys, at)
            for island in islands[::8]:
                for ask in people(island, task.for_each, cutoffs):
                    told = by_oracle(island, task.for_each, ask)
                    holds(found, place[str(ask.key), tick_of(ask)], told)


@brief(2)
@given(shop=shops(row_tasks(most=2)).filter(is_rich), seed=st.integers(0, 2**32))
def test_rows(shop: Shop, seed: int):
    islands = islands_of(shop, seed, ISLANDS)
    with tempfile.TemporaryDirectory() as name:
        database, once, more = both(united(islands), random.Random(seed), Path(name))
        _, asked, place = rows_asked(database)
        found = describe_rows(more, "orders", asked)
        same(found, describe_rows(once, "orders", asked))
        position = 0
        for number, island in enumerate(islands):
            for row in island.tables["orders"]:
                if number % 8 == 0 and row["at"] is not None:
                    holds(found, place[position], row_ask(island, row))
                position += 1


def both(shop: Shop, chance: random.Random, folder: Path):
    """All rows, the store that is built from them, and one to which all but their first part is appended."""
    (folder / "all").mkdir()
    spec = write_shop(shop, folder / "all")
    database = read_database(spec, folder / "all", types=types_of(shop))
    build_store(database, folder / "once")
    for number, tables in enumerate(parts_of(shop, chance, 2 if chance.random() < 0.7 else 3)):
        place = folder / f"part {number}"
        place.mkdir()
        part = Shop(shop.tree, tables, {}, questions=shop.questions, as_text=shop.as_text)
        write_shop(part, place)
        take_in(database, place, folder / "more", is_first=number == 0)
    stores = (StoredEvents(spec, database.types, folder / name) for name in ("once", "more"))
    return database, *stores


def take_in(database: Database, data: Path, store: Path, *, is_first: bool) -> None:
    spec, engine = database.spec, build_engine("duckdb")
    options: dict[str, Any] = {"types": database.types, "optional": set(spec.tables)}
    if is_first:
        build_store(read_database(spec, data, engine=engine, **options), store)
        return
    stored = read_stored_tables(engine, spec, store)
    append_store(read_database(spec, data, engine=engine, stored=stored, **options), store)


def parts_of(shop: Shop, chance: random.Random, many: int) -> list[dict[str, list[Row]]]:
    """Cut the rows of a shop; what comes in a later part may replace a row with its key that says something else."""
    parts: list[dict[str, list[Row]]] = [{} for _ in range(many)]
    share = chance.random() ** 2
    for name, rows in shop.tables.items():
        key, time = (shop.tree["tables"][name].get(role) for role in ("key", "time"))
        for row in rows:
            part = 0 if chance.random() > share else chance.randrange(many)
            parts[part].setdefault(name, []).append(row)
            is_used = time is None or row[time] is not None  # what is set aside replaces nothing
            if key is not None and is_used and part and chance.random() < 0.3:
                earlier = dict(chance.choice(rows), **{key: row[key]})
                parts[chance.randrange(part)].setdefault(name, []).append(earlier)
    return parts
