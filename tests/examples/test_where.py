"""Whether WHERE holds is the same in tables, from a store, and to whoever reads every row.

Each draw is a form of shop, and many random shops of that form side by side (`islands.py`).
"""

import tempfile
from datetime import datetime
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import given
from islands import islands_of, number_of, united
from oracle import person
from oracle_labels import value_of
from oracle_shop import Ask, Shop
from questions import windows_of
from same_answers import brief, entities_asked, store
from shop_files import read_shop
from shop_rows import instants
from shops import Asked, entity_tasks, is_rich, row_tasks, shops

from banian.examples.ask import ask_entities, ask_rows
from banian.features import StoredAsks, StoredEvents
from banian.features.asks import OWN
from banian.features.condition import where_holds
from banian.features.engine_events import EngineEvents
from banian.spec import EntityTaskSpec, RowTaskSpec
from banian.tables import Database

ISLANDS = 67
"""Shops of a form, asked about at two grains: 201 in the gate."""


def has_conditions(shop: Shop) -> bool:
    trees = [question["where"] for question in shop.questions.values() if "where" in question]
    windows = [part[1] for tree in trees for part in windows_of(tree)]
    if any(asked["same"] == ["city"] for asked in windows):
        return False  # of a city are the rows of all islands
    grains = {bool(asked["same"]) for asked in windows}
    return is_rich(shop) and len(grains) == 2


@st.composite
def tasks_of_both_grains(draw: st.DrawFn) -> Asked:
    tasks, questions = draw(entity_tasks(most=2))
    of_rows, asked = draw(row_tasks(most=2))
    return tasks | of_rows, questions | asked


@brief(3)
@given(
    shop=shops(tasks_of_both_grains()).filter(has_conditions),
    seed=st.integers(0, 2**32),
    cutoff=instants,
)
def test_where_holds_of_the_same(shop: Shop, seed: int, cutoff: datetime):
    islands = islands_of(shop, seed, ISLANDS)
    with tempfile.TemporaryDirectory() as folder:
        database = read_shop(united(islands), Path(folder))
        stored = store(database, Path(folder))
        for name, task in database.spec.tasks.items():
            if task.condition is None:
                continue
            if isinstance(task, EntityTaskSpec):
                hold_entities(islands, database, stored, name, task, cutoff)
            else:
                hold_rows(islands, database, stored, name, task)


def hold_entities(
    islands: list[Shop],
    database: Database,
    stored: StoredEvents,
    name: str,
    task: EntityTaskSpec,
    cutoff: datetime,
) -> None:
    asks, keys, at = entities_asked(database, name, [cutoff])
    asked = StoredAsks(keys, at, {})
    found = where_holds(stored, asked, name, task).tolist()
    assert found == where_holds(EngineEvents(database), asks.rows, name, task).tolist()
    chosen = ask_entities(database, task.for_each, {name: task}, (cutoff,)).rows.order_by("ask")
    there = chosen.key.to_pyarrow().cast(pa.string()).to_pylist()
    assert there == [key for key, holds in zip(keys.to_pylist(), found, strict=True) if holds]
    where = islands[0].questions[name]["where"]
    named = asks.rows.order_by("ask").key.to_pyarrow().to_pylist()
    for key, holds in zip(named, found, strict=True):
        island, ask = islands[number_of(str(key))], Ask(key, cutoff, is_row=False, own={})
        own = person(island, task.for_each, key)
        assert holds == (value_of(island, ask, task.for_each, where, own) is True), key


def hold_rows(
    islands: list[Shop],
    database: Database,
    stored: StoredEvents,
    name: str,
    task: RowTaskSpec,
) -> None:
    rows = [(island, row) for island in islands for row in island.tables["orders"]]
    every, chosen = (
        ask_rows(database, database.tables["orders"], {name: asked}, None)
        .rows.order_by("ask")[f"{OWN}banian row"]
        .to_pyarrow()
        .to_pylist()
        for asked in (
            task.model_copy(update={"where": None, "scenes": ()}),
            task.model_copy(update={"scenes": ()}),
        )
    )
    found = where_holds(stored, asked_about(database, stored, every), name, task)
    assert chosen == [row for row, holds in zip(every, found, strict=True) if holds]
    where = islands[0].questions[name]["where"]
    for position, holds in zip(every, found, strict=True):
        island, row = rows[position]
        ask = Ask(None, row["at"], is_row=True, own=row)
        assert holds == (value_of(island, ask, None, where, row) is True), position


def asked_about(database: Database, stored: StoredEvents, positions: list[int]) -> StoredAsks:
    """Ask about rows of orders as if they stood in no table."""
    row = stored.facts.rows["rows of orders"]
    read = database.tables["orders"].rows.order_by("banian row").to_pyarrow()
    read = read.take(pa.array(np.searchsorted(read["banian row"].to_numpy(), positions)))
    given = pa.table({name: read[name].cast(form) for name, form in row.forms.items()})
    at = read["at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    return StoredAsks(pa.nulls(len(read), pa.string()), at, row.compute(given))
