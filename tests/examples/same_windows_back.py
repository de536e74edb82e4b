"""Levels and past items of random shops are the same from the engine, from a store, and to whoever reads every row."""

from collections.abc import Iterable
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from oracle_labels import has_level, mirrored, value_of
from oracle_shop import Ask, Shop
from questions import Tree

from banian.examples.ask import ask_rows
from banian.features import StoredAsks, StoredEvents
from banian.features.asks import OWN
from banian.features.engine_events import EngineEvents
from banian.features.level import build_level
from banian.features.past_items import build_had, build_seen
from banian.features.source import AbstractEventSource
from banian.schema import ColumnType
from banian.spec import EntityTaskSpec, RowTaskSpec, TaskSpec
from banian.spec.past import MOST_ITEMS, SPANS
from banian.tables import Database

Answers = tuple[np.ndarray, list[Any], list[Any]]
"""Levels, past items, and what was had before."""


def looks_back(label: Tree) -> bool:
    return is_list(label) or has_level(label)


def is_list(label: Tree) -> bool:
    return label[0] == "window" and label[1]["function"] == "list_distinct"


def hold_windows_back(
    database: Database,
    stored: StoredEvents,
    name: str,
    asks: ir.Table,
    same_asks: StoredAsks,
    everyone: Iterable[tuple[int, Shop, Ask]],
) -> None:
    """Hold what a task reads behind its asks against what some of those who ask, by their place, are told.

    The engine and the store, who are asked the same, answer alike.
    """
    task = database.spec.tasks[name]
    levels, seen, had = looked_back(EngineEvents(database), asks, name, task)
    others = looked_back(stored, same_asks, name, task)
    assert levels.tobytes() == others[0].tobytes()
    assert (seen, had) == others[1:]
    for place, island, ask in everyone:
        level, items, earlier = expected(island, ask, island.questions[name]["label"], task)
        assert np.isclose(levels[place], level, rtol=1e-12, atol=0)
        if seen or had:
            assert (seen[place], had[place]) == (items, earlier)


def hold_rows_back(
    database: Database, stored: StoredEvents, name: str, everyone: Iterable[tuple[int, Shop, Ask]]
) -> None:
    """Hold what a task reads behind its orders against what some of them, by their position, are told."""
    task = database.spec.tasks[name]
    assert isinstance(task, RowTaskSpec)
    every = {name: task.model_copy(update={"where": None, "scenes": ()})}
    asks = ask_rows(database, database.tables["orders"], every, None)
    read = asks.rows.order_by("ask").to_pyarrow()
    own = {
        column: told(read[OWN + column].combine_chunks(), kind)
        for column, kind in database.types["orders"].items()
        if OWN + column in read.column_names
    }
    asked = StoredAsks(pa.nulls(len(read), pa.string()), read["at"].to_numpy(), own)
    place = {row: number for number, row in enumerate(read[f"{OWN}banian row"].to_pylist())}
    some = ((place[position], island, ask) for position, island, ask in everyone)
    hold_windows_back(database, stored, name, asks.rows, asked, some)


def looked_back(source: AbstractEventSource[Any], asks: Any, name: str, task: TaskSpec) -> Answers:
    level = build_level(source, asks, name, task)
    if "LIST_DISTINCT" not in task.label:
        return level, [], []
    new = task.model_copy(update={"label": task.label.replace(" RANK", " NEW RANK")})
    seen, had = build_seen(source, asks, name, task), build_had(source, asks, name, new)
    return level, seen.to_pylist(), had.to_pylist()


def expected(
    shop: Shop, ask: Ask, label: Tree, task: TaskSpec
) -> tuple[float, list[Any], list[Any]]:
    """Read every row."""
    entity = task.for_each if isinstance(task, EntityTaskSpec) else None
    if not is_list(label):
        back = value_of(shop, ask, entity, mirrored(label), ask.own) if has_level(label) else None
        return float(back or 0), [], []

    def items(start: str) -> list[str]:
        window = ("window", label[1] | {"start": start, "end": "0"})
        return sorted({str(item) for item in value_of(shop, ask, entity, window, ask.own)})

    hours = int(task.horizon.total_seconds()) // 3600
    span: dict[str, int] = {}
    for at, times in reversed(list(enumerate(SPANS))):
        span |= dict.fromkeys(items(f"-{hours * times}h"), at)
    order = sorted(span.items(), key=lambda one: (one[1], one[0]))
    return 0.0, [{"item": i, "span": s} for i, s in order[:MOST_ITEMS]], items("-110000d")


def told(column: pa.Array, kind: ColumnType) -> pa.Array:
    """As a store is asked: numbers and truths as floats, times as ticks, all others as text."""
    if kind.is_name or kind.kind in ("text", "other"):
        return column.cast(pa.string())
    if kind.kind == "time":
        return column.cast(pa.timestamp("us")).cast(pa.int64())
    return column.cast(pa.int64() if kind.kind == "boolean" else pa.float64()).cast(pa.float64())
