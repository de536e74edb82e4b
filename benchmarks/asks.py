"""One ask, and some at once: what they take of the processor, stage by stage.

    python benchmarks/asks.py RUN DATA [--graphs]

RUN has a bundle and a store (`banian store RUN --data DATA`); `--graphs` lets those of `banian export` answer. Asks
about entities are as of where the store ends; asks about rows are the newest rows of their table, as if they stood in
none. Of each grain all tasks are asked, by 1, 32 and 500 asks at once (or as many as there are); where rows name two
entities or more, also one row 500 times, which names another of the second each time: one customer with many products.
Milliseconds to read them, to look up what is known, to encode it, and to predict; of all, and of all by each ask. The
least of some turns, on one thread.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from banian.batches import encode_rows
from banian.features import read_store_size
from banian.inference import Predictor, load, predict_rows
from banian.inference.ask_rows import AskRows
from banian.inference.asks import read_asks
from banian.spec import DerivedTableSpec, EntityTaskSpec
from banian.tables import Database, read_database

TURNS = {1: 40, 32: 20, 500: 8}
"""Asks at once → how often they are asked, at least."""


def main() -> None:
    """Ask, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--graphs", action="store_true", help="answer by the graphs of the run")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)
    torch.set_num_threads(1)
    size = read_store_size(chosen.run / "store")
    print(
        f"store: {size.events:,} rows of events, {size.total / max(size.events, 1):.0f} bytes each"
    )
    model = load(chosen.run, graphs=chosen.graphs)
    database = read_database(model.spec, chosen.data, types=model.bundle.types)
    print(f"{'grain':24} asks    read look up  encode predict     all  by ask   (ms of processor)")
    for grain, task in {one.grain: one for one in model.spec.tasks.values()}.items():
        is_entity = isinstance(task, EntityTaskSpec)
        rows = newest(database, task.about, is_entity=is_entity)
        asked = {str(many): rows[:many] for many in sorted({1, min(32, len(rows)), len(rows)})}
        if not is_entity and len(links := model.spec.source(task.about).links) > 1:
            asked["1 ×"] = list(candidates(rows, list(links)[1]))
        for name, some in asked.items():
            stages = measure(model, [{"grain": grain, **row} for row in some])
            told = " ".join(f"{1000 * one:7.2f}" for one in (*stages, stages[-1] / len(some)))
            print(f"{grain:24} {name:>4} {told}", flush=True)


def newest(database: Database, about: str, *, is_entity: bool) -> list[dict[str, Any]]:
    """Give keys of an entity, or the newest rows of a table without what is derived."""
    declared = database.spec.tables[about]
    if is_entity:
        home = declared.from_ if isinstance(declared, DerivedTableSpec) else about
        keys = database.tables[home].rows.select(declared.key).distinct().order_by(declared.key)
        return keys.filter(keys[str(declared.key)].notnull()).limit(500).to_pyarrow().to_pylist()
    table = database.tables[about]
    columns = [name for name in table.types if name not in table.spec.derive]
    rows = table.rows if table.spec.time is None else table.rows.order_by(table.spec.time)
    return rows.select(columns).to_pyarrow()[-500:].to_pylist()


def candidates(rows: list[dict[str, Any]], link: str) -> Iterator[dict[str, Any]]:
    """Give the newest row as often as there are rows, each time with what another of them names."""
    yield from ({**rows[-1], link: row[link]} for row in rows)


def measure(model: Predictor, asks: list[dict[str, Any]]) -> tuple[float, ...]:
    """Give seconds of the processor to read asks, to look up, to encode, to predict, and for all of it."""
    facts, features = model.store.facts, model.bundle.joint.features
    turns = min(count for many, count in TURNS.items() if many <= len(asks))

    def read() -> Any:  # noqa: ANN401
        given = AskRows.of(asks)
        return read_asks(given, model.spec, model.bundle.types, latest=facts.latest)[0]

    group = read()
    rows, *_ = model.rows(group)
    encoded = least(turns, lambda: encode_rows(features, rows.choose(rows.tasks)))
    return (
        least(turns, read),
        least(turns, lambda: model.rows(group)),
        encoded,
        least(turns, lambda: predict_rows(model.bundle, rows)) - encoded,
        least(turns, lambda: model.predict(asks)),
    )


def least(turns: int, work: Callable[[], object]) -> float:
    """Measure the fastest of some turns, after one that does not count."""
    work()
    found = float("inf")
    for _ in range(turns):
        began = time.process_time()
        work()
        found = min(found, time.process_time() - began)
    return found


if __name__ == "__main__":
    main()
