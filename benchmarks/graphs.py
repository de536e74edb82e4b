"""Graphs beside networks, one set of weights beside several, kept vectors: what asks take of the processor.

    python benchmarks/graphs.py RUN DATA

RUN has a bundle, a store, graphs (`banian export RUN`) and, where it is to be measured, one set (`banian export RUN
--one-set --data DATA`). Asks are those of benchmarks/asks.py, all as of where the store ends: all tasks of a grain,
by 1, 32 and 500 at once.
Milliseconds of one core, the least of some turns in which all ways are measured one after the other: `encode and
answer` is from features to calibrated predictions, `all` from asks to a table of answers. Kept vectors are of entities
that were asked about before, at the same instant. The last lines are of one customer and 500 products: the customer is
another each time, the vectors of products are kept.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from asks import newest

from banian.bundle import ONE_SET
from banian.inference import Predictor, load, predict_rows
from banian.inference.ask_rows import AskRows
from banian.inference.asks import read_asks
from banian.inference.kept_vectors import KeptVectors
from banian.spec import EntityTaskSpec
from banian.tables import read_database

TURNS = 12
KEPT = 1e9
"""Seconds for which vectors are kept."""
CUSTOMER, PRODUCT = "customer_id", "product_id"


def main() -> None:
    """Ask, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)
    models = {"networks": load(chosen.run), "graphs": load(chosen.run, graphs=True)}
    if (chosen.run / ONE_SET).exists():
        models["one set"] = load(chosen.run / ONE_SET, graphs=True)
    spec, types = models["networks"].spec, models["networks"].bundle.types
    database = read_database(spec, chosen.data, types=types)
    kept = {name: keep(model) for name, model in models.items() if name != "networks"}
    for grain, task in {one.grain: one for one in spec.tasks.values()}.items():
        rows = newest(database, task.about, is_entity=isinstance(task, EntityTaskSpec))
        time_of = (
            None if task.about not in database.tables else database.tables[task.about].spec.time
        )
        rows = [{name: value for name, value in row.items() if name != time_of} for row in rows]
        print(f"\n{grain}")
        for many in sorted({1, min(32, len(rows)), min(500, len(rows))}):
            asks = [{"grain": grain, **row} for row in rows[:many]]
            show(f"{many:4} encode and answer", least(answering(models, asks)))
            show(f"{many:4} all", least({n: asking(m, asks) for n, m in models.items()}))
            show(
                f"{many:4} all, vectors kept", least({n: asking(m, asks) for n, m in kept.items()})
            )
        if not isinstance(task, EntityTaskSpec) and {CUSTOMER, PRODUCT} <= rows[0].keys():
            products = newest(database, "products", is_entity=True)
            people = newest(database, "customers", is_entity=True)
            row = {"grain": grain, **rows[-1]}
            several = [
                [{**row, **one, **products[at % len(products)]} for at in range(500)]
                for one in people[:TURNS]
            ]
            show(
                " 500 products of a new customer",
                least({n: turning(m, several) for n, m in kept.items()}),
            )


def keep(model: Predictor) -> Predictor:
    """Give the same model with vectors that are kept."""
    vectors = KeptVectors(model.bundle, model.store, seconds=KEPT)
    return Predictor(model.bundle, model.store, vectors=vectors)


def answering(
    models: Mapping[str, Predictor], asks: list[dict[str, Any]]
) -> dict[str, Callable[[], object]]:
    """Let each model answer rows whose features are there."""
    first = next(iter(models.values()))
    groups = read_asks(
        AskRows.of(asks), first.spec, first.bundle.types, latest=first.store.facts.latest
    )
    rows, *_ = first.rows(groups[0])
    return {
        name: lambda bundle=one.bundle: predict_rows(bundle, rows) for name, one in models.items()
    }


def asking(model: Predictor, asks: list[dict[str, Any]]) -> Callable[[], object]:
    """Let a model answer the same asks each time."""
    return lambda: model.predict(asks)


def turning(model: Predictor, several: Sequence[list[dict[str, Any]]]) -> Callable[[], object]:
    """Let a model answer other asks each time."""
    left = iter([*several, several[0]])
    return lambda: model.predict(next(left))


def least(ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Measure ways in turn, after one turn that does not count; gives the least seconds of each."""
    found = dict.fromkeys(ways, float("inf"))
    for work in ways.values():
        work()
    for _ in range(TURNS):
        for name, work in ways.items():
            began = time.thread_time()
            work()
            found[name] = min(found[name], time.thread_time() - began)
    return found


def show(what: str, found: Mapping[str, float]) -> None:
    """Print a line."""
    print(f"{what:34}" + "".join(f"{name} {1000 * one:7.2f}   " for name, one in found.items()))


if __name__ == "__main__":
    main()
