"""Asks of random shops to the engine, to a store and to the oracle, and what it means that they answer alike."""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, Phase, settings
from oracle import born
from oracle_features import compare_itself, describe, describe_itself, describe_parents
from oracle_shop import Ask, Shop
from test_against_oracle import same_features, same_sequences

from banian.examples.ask import Asks, ask_entities, ask_rows
from banian.features import EntityFeatures, StoredAsks, StoredEvents, describe_rows
from banian.features.asks import OWN
from banian.features.build_store import build_store
from banian.features.engine_events import EngineEvents
from banian.features.engine_ticks import tick_of as ticks
from banian.spec import EntityTaskSpec, RowTaskSpec
from banian.tables import POSITION, Database

TIMES = int(os.environ.get("BANIAN_PARITY_TIMES", "1"))


def brief(forms: int) -> settings:
    """So many forms of shops are drawn, and not made smaller: to shrink many shops takes hours."""
    return settings(
        max_examples=forms * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        phases=[Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def store(database: Database, folder: Path) -> StoredEvents:
    build_store(database, folder / "store")
    return StoredEvents(database.spec, database.types, folder / "store")


def entities_asked(
    database: Database, name: str, cutoffs: list[datetime]
) -> tuple[Asks, pa.Array, np.ndarray]:
    """Ask about everybody of whom a task asks: the asks, their keys as text, and their ticks."""
    task = database.spec.tasks[name]
    assert isinstance(task, EntityTaskSpec)
    anybody = {name: task.model_copy(update={"where": None})}
    asks = ask_entities(database, task.for_each, anybody, tuple(cutoffs))
    read = asks.rows.order_by("ask").to_pyarrow()
    return asks, read["key"].cast(pa.string()).combine_chunks(), read["at"].to_numpy()


def places(keys: pa.Array, at: np.ndarray) -> dict[tuple[str, int], int]:
    """Key and tick → the number of the ask."""
    asked = zip(keys.to_pylist(), at.tolist(), strict=True)
    return {one: number for number, one in enumerate(asked)}


def rows_asked(
    database: Database,
) -> tuple[dict[str, EntityFeatures], StoredAsks, dict[int, int]]:
    """Ask for every order: what the engine says, the same asks for a store, and position → the number of the ask."""
    name, task = next(iter(database.spec.tasks.items()))
    assert isinstance(task, RowTaskSpec)
    orders = database.tables["orders"]
    every = {name: task.model_copy(update={"where": None, "scenes": ()})}
    asks = ask_rows(database, orders, every, None)
    found = arrow(describe_rows(EngineEvents(database), "orders", asks.rows))
    read = asks.rows.order_by("ask").to_pyarrow()
    position = read[OWN + POSITION].to_pylist()
    told = found["orders"].columns
    own = {name: told[name].combine_chunks() for name in told.column_names}
    own |= {link: read[OWN + link].cast(pa.string()).combine_chunks() for link in orders.spec.links}
    dates = [column for column, kind in orders.types.items() if kind.kind == "time"]
    rows = orders.rows.select(POSITION, **{one: ticks(orders.rows[one]) for one in dates})
    kept = rows.order_by(POSITION).to_pyarrow()
    asking = kept.take(pa.array(np.searchsorted(kept[POSITION].to_numpy(), position)))
    own |= {one: asking[one].combine_chunks() for one in dates}
    asked = StoredAsks(pa.nulls(len(read), pa.string()), read["at"].to_numpy(), own)
    return found, asked, {place: number for number, place in enumerate(position)}


def people(shop: Shop, entity: str, cutoffs: Iterable[datetime]) -> list[Ask]:
    """Everybody at each cutoff, not yet described."""
    return [
        Ask(key, cutoff, is_row=False, own={})
        for cutoff in cutoffs
        for key in sorted(born(shop, entity, cutoff))
    ]


def by_oracle(shop: Shop, entity: str, ask: Ask) -> Ask:
    describe(shop, ask, entity, entity, ask.key)
    describe_parents(shop, ask, entity, ask.key)
    return ask


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


def arrow(found: dict[str, EntityFeatures]) -> dict[str, EntityFeatures]:
    """Lay out whatever a source gave as tables of Arrow."""
    return {name: seen.to_arrow() for name, seen in found.items()}


def holds(found: dict[str, EntityFeatures], row: int, ask: Ask) -> None:
    """Hold a row against the oracle."""
    assert found.keys() == ask.features.keys()
    for entity, seen in found.items():
        where = f"{ask.key} at {ask.cutoff}"
        assert seen.present[row] == ask.present[entity], (entity, where)
        same_features(seen, row, ask.features[entity], where)
        same_sequences(seen, row, ask.sequences.get(entity, {}), where)


def same(found: dict[str, EntityFeatures], expected: dict[str, EntityFeatures]) -> None:
    assert list(found) == list(expected)
    for entity, there in arrow(expected).items():
        one = found[entity].to_arrow()
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
