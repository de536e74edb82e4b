"""One ask, and some at once: what they take of the processor, stage by stage.

    python benchmarks/asks.py RUN DATA

RUN has a bundle and a store (`banian store RUN --data DATA`). Asks about entities are as of where the store ends; asks
about rows are the newest rows of their table, as if they stood in none. Of each grain all tasks are asked, by 1, 32 and
500 asks at once (or as many as there are): milliseconds to read them, to look up what is known, and to predict.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from banian.features import read_store_size
from banian.inference import Predictor, load, predict_rows
from banian.inference.ask_rows import AskRows
from banian.inference.asks import read_asks
from banian.spec import DerivedTableSpec, EntityTaskSpec
from banian.tables import Database, read_database

TIMES = 20


def main() -> None:
    """Ask, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)
    size = read_store_size(chosen.run / "store")
    print(
        f"store: {size.events:,} rows of events, {size.total / max(size.events, 1):.0f} bytes each"
    )
    model = load(chosen.run)
    database = read_database(model.spec, chosen.data, types=model.bundle.types)
    print(f"{'grain':24} asks   read  look up  predict   all   (ms of processor)")
    for grain, task in {one.grain: one for one in model.spec.tasks.values()}.items():
        rows = newest(database, task.about, is_entity=isinstance(task, EntityTaskSpec))
        for many in sorted({1, min(32, len(rows)), min(500, len(rows))}):
            stages = measure(model, [{"grain": grain, **row} for row in rows[:many]])
            print(f"{grain:24} {many:4} " + " ".join(f"{1000 * one:7.1f}" for one in stages))


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


def measure(model: Predictor, asks: list[dict[str, Any]]) -> tuple[float, ...]:
    """Give seconds of the processor to read asks, to look up, to predict, and for all of it."""
    facts = model.store.facts
    given = AskRows.of(asks)
    (group,) = read_asks(given, model.spec, model.bundle.types, latest=facts.latest)
    rows, *_ = model.rows(group)
    return (
        mean(
            lambda: read_asks(AskRows.of(asks), model.spec, model.bundle.types, latest=facts.latest)
        ),
        mean(lambda: model.rows(group)),
        mean(lambda: predict_rows(model.bundle, rows)),
        mean(lambda: model.predict(asks)),
    )


def mean(work: Callable[[], object]) -> float:
    """Measure the mean of some turns, after one that does not count."""
    work()
    began = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - began) / TIMES


if __name__ == "__main__":
    main()
