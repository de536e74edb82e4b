"""The examples of customers and products through the package: FOLDER EVENTS GIB."""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

from events import CUTOFFS, name_of

from banian.examples.build import build_examples
from banian.spec import parse_spec
from banian.tables import read_database
from banian.tables.engines import DuckDB

SPEC = """
shop: scale
tables:
  events: {{source: {source}, time: placed, links: {{customer: customers, product: products}}}}
  customers: {{from: events, key: customer}}
  products: {{from: events, key: product}}
tasks:
  repurchase: PREDICT EXISTS(events, 0, 30d) FOR EACH customers
  spend: PREDICT SUM(events.amount, 0, 30d) FOR EACH customers
  demand: PREDICT SUM(events.quantity, 0, 30d) FOR EACH products
split: {{valid: 2024-09-27, test: 2024-10-27}}
"""


def main() -> None:
    """Read, build, and say how long it took."""
    folder, events, memory = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    warnings.simplefilter("ignore", DeprecationWarning)
    start = time.monotonic()
    spec = parse_spec(SPEC.format(source=name_of(events)))
    database = read_database(spec, folder, engine=DuckDB(int(memory * 2**30)))
    read, cpu = time.monotonic(), time.process_time()
    built = build_examples(database, {"customers": CUTOFFS, "products": CUTOFFS})
    asked = sum(map(len, built.grains.values()))
    numbers = sum(
        len(seen.columns.column_names)
        for rows in built.grains.values()
        for seen in rows.entities.values()
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    took = {"read": read - start, "seconds": time.monotonic() - read}
    took["cpu"] = time.process_time() - cpu
    print(json.dumps(took | {"asks": asked, "numbers": numbers, "gib": peak}))


if __name__ == "__main__":
    main()
