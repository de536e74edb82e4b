"""Windows that look back, in processor seconds: levels of eight functions and the items of the past.

    python benchmarks/windows.py --events 1000000

Generates an event table (kept in --folder for the next time), asks about every customer and product at six cutoffs, and
prints for each task how long its level took, or its items. `--quick` takes 100,000 events.
"""

import argparse
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path

from scale.events import CUTOFFS, name_of, write_events

from banian.examples.ask import ask_entities
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
split: {{valid: 2024-09-27, test: 2024-10-27}}
"""


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
        database = read_database(parse_spec(SPEC.format(source=name_of(events))), folder)
        cutoffs = tuple(max(CUTOFFS) - timedelta(days=30 * back) for back in range(5, -1, -1))
        total = 0.0
        for task, declared in database.spec.tasks.items():
            assert isinstance(declared, EntityTaskSpec)
            asks = ask_entities(database, declared.for_each, {task: declared}, cutoffs)
            source, start = EngineEvents(database), time.process_time()
            asked = source.count(asks.rows)
            build = build_seen if is_list(declared) else build_level
            build(source, asks.rows, task, declared)
            took = time.process_time() - start
            total += took
            print(f"{task:<10}{asked:>10,} asks{took:>8.2f} s")
        print(f"{'all':<10}{'':>15}{total:>8.2f} s")


if __name__ == "__main__":
    main()
