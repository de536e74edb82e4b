"""Whether WHERE holds of those who ask is the same in tables, from a store, and to whoever reads every row."""

from collections.abc import Iterable, Sequence

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from oracle import person
from oracle_labels import value_of
from oracle_shop import Ask, Shop

from banian.examples.ask import ask_entities, ask_rows
from banian.features import StoredAsks, StoredEvents
from banian.features.asks import OWN
from banian.features.condition import where_holds
from banian.features.engine_events import EngineEvents
from banian.spec import EntityTaskSpec, RowTaskSpec
from banian.tables import Database


def hold_where(
    database: Database,
    stored: StoredEvents,
    name: str,
    asks: ir.Table,
    same_asks: StoredAsks,
    everyone: Sequence[tuple[int, Shop, Ask]],
) -> None:
    """Hold the condition of a task against what some of those who ask at one cutoff, by their place, are told."""
    task = database.spec.tasks[name]
    assert isinstance(task, EntityTaskSpec)
    found = where_holds(stored, same_asks, name, task).tolist()
    assert found == where_holds(EngineEvents(database), asks, name, task).tolist()
    cutoff = everyone[0][2].cutoff
    chosen = ask_entities(database, task.for_each, {name: task}, (cutoff,)).rows.order_by("ask")
    there = chosen.key.to_pyarrow().cast(pa.string()).to_pylist()
    keys = same_asks.keys.to_pylist()
    assert there == [key for key, holds in zip(keys, found, strict=True) if holds]
    for place, island, ask in everyone:
        own = person(island, task.for_each, ask.key)
        expected = value_of(island, ask, task.for_each, island.questions[name]["where"], own)
        assert found[place] == (expected is True), ask.key


def hold_rows(
    database: Database, stored: StoredEvents, name: str, everyone: Iterable[tuple[int, Shop, Ask]]
) -> None:
    """Hold the condition of a task against what some of the orders, by their position, are told."""
    task = database.spec.tasks[name]
    assert isinstance(task, RowTaskSpec)
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
    holding = {row for row, holds in zip(every, found, strict=True) if holds}
    assert chosen == [row for row in every if row in holding]
    for position, island, ask in everyone:
        expected = value_of(island, ask, None, island.questions[name]["where"], ask.own)
        assert (position in holding) == (expected is True), position


def asked_about(database: Database, stored: StoredEvents, positions: list[int]) -> StoredAsks:
    """Ask about rows of orders as if they stood in no table."""
    row = stored.facts.rows["rows of orders"]
    read = database.tables["orders"].rows.order_by("banian row").to_pyarrow()
    read = read.take(pa.array(np.searchsorted(read["banian row"].to_numpy(), positions)))
    given = pa.table({name: read[name].cast(form) for name, form in row.forms.items()})
    at = read["at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    return StoredAsks(pa.nulls(len(read), pa.string()), at, row.compute(given))
