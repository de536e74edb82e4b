"""Windows that look back, in processor seconds: levels of eight functions, the items of the past, conditions of WHERE.

    python benchmarks/windows.py --events 1000000

Generates an event table (kept in --folder for the next time), asks about every customer and product at six cutoffs, and
prints for each task how long its level took, or its items; and for each condition how long it took to find of whom it
holds. `--quick` takes 100,000 events.
"""

import argparse
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path

from scale.events import CUTOFFS, name_of, write_events

from banian.examples.ask import ask_entities, ask_rows
from banian.features.engine_events import EngineEvents
from banian.features.level import build_level
from banian.features.past_items import build_seen
from banian.spec import EntityTaskSpec, parse_spec
from banian.spec.past import is_list
from banian.tables import read_database

SPEC = """
shop: scale
tables:
  events: {{source: {source}, time: placed, links: {{customer: customers, product: products}}}}
  customers: {{from: events, key: customer}}
  products: {{from: events, key: product}}
tasks:
  count: PREDICT COUNT(events, 0, 30d) FOR EACH customers
  sum: PREDICT SUM(events.amount, 0, 30d) FOR EACH customers
  mean: PREDICT AVG(events.amount, 0, 90d) FOR EACH customers
  greatest: PREDICT MAX(events.amount WHERE quantity > 1, 0, 90d) FOR EACH customers
  distinct: PREDICT COUNT_DISTINCT(events.product, 0, 90d) FOR EACH customers
  last: PREDICT LAST(events.amount, 0, 90d) FOR EACH customers
  ratio: PREDICT SUM(events.amount, 0, 30d) / COUNT(events, 0, 60d) FOR EACH customers
  demand: PREDICT SUM(events.quantity, 0, 30d) FOR EACH products
  items: PREDICT LIST_DISTINCT(events.product, 0, 28d) RANK TOP 12 FOR EACH customers
{conditions}
split: {{valid: 2024-09-27, test: 2024-10-27}}
"""
CONDITIONS = {
    "exists": "EXISTS(events, -60d, 0)",
    "count": "COUNT(events, -90d, 0) > 3",
    "sum": "SUM(events.amount, -90d, 0) > 500",
    "two": "COUNT(events, -30d, 0) > COUNT(events, -60d, -30d) AND NOT EXISTS(events WHERE gift, -7d, 0)",
    "distinct": "COUNT_DISTINCT(events.product, -90d, 0) > 2 OR LAST(events.quantity, -90d, 0) = 1",
}
OF_ROWS = {
    "many": "COUNT(events SAME customer, -30d, 0) > 2",
    "mixed": "amount > 20 AND EXISTS(events SAME customer, -7d, 0)",
    "plain": "amount > 20 AND gift",
}


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the events lie, or are to lie")
    parser.add_argument("--quick", action="store_true", help="100,000 events")
    chosen = parser.parse_args()
    events = 100_000 if chosen.quick else chosen.events
    warnings.simplefilter("ignore", DeprecationWarning)
    with tempfile.TemporaryDirectory(prefix="banian-windows-") as name:
        folder = chosen.folder or Path(name)
        write_events(folder, events)
        declared_tasks = SPEC.format(source=name_of(events), conditions=_conditions())
        database = read_database(parse_spec(declared_tasks), folder)
        cutoffs = tuple(max(CUTOFFS) - timedelta(days=30 * back) for back in range(5, -1, -1))
        total = 0.0
        for task, declared in database.spec.tasks.items():
            source, start = EngineEvents(database), time.process_time()
            if isinstance(declared, EntityTaskSpec):
                asks = ask_entities(database, declared.for_each, {task: declared}, cutoffs)
            else:
                asks = ask_rows(database, database.tables[declared.rows], {task: declared}, None)
            if declared.condition is None:
                start = time.process_time()
                build = build_seen if is_list(declared) else build_level
                build(source, asks.rows, task, declared)
            took = time.process_time() - start
            asked = source.count(asks.rows)
            database.engine.drop(asks.rows)
            total += took
            print(f"{task:<20}{asked:>10,} asks{took:>8.2f} s")
        print(f"{'all':<20}{'':>15}{total:>8.2f} s")


def _conditions() -> str:
    """Declare a task for each condition, of customers and of products, and of rows."""
    label = "PREDICT EXISTS(events, 0, 30d) FOR EACH"
    lines = [
        f"  {entity} {name}: {label} {entity} WHERE {where}"
        for name, where in CONDITIONS.items()
        for entity in ("customers", "products")
    ]
    label = "PREDICT EXISTS(events SAME customer, 0, 7d) FOR EACH"
    lines += [f"  rows {name}: {label} events WHERE {where}" for name, where in OF_ROWS.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
