"""One ask, and some at once: what is known of entities from a store, in milliseconds of processor.

    python benchmarks/asks.py SPEC DATA [--folder STORE]

Builds a store of the shop's tables, says how large it is, and asks about entities as of where the tables end: features
and sequences of 1, 32 and 500 of them (or as many as there are), the mean of twenty asks each.
"""

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa

from banian.examples.build import build_examples
from banian.features import StoredAsks, StoredEvents, describe_entities, read_store_size
from banian.features.build_store import build_store
from banian.spec import EntityTaskSpec
from banian.tables import read_database
from banian.workflows.load_spec import load_spec

TIMES = 20


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spec", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folder", type=Path, help="where the store is to lie")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)
    with tempfile.TemporaryDirectory(prefix="banian-asks-") as name:
        folder = chosen.folder or Path(name) / "store"
        database = read_database(load_spec(chosen.spec), chosen.data)
        began = time.process_time()
        build_store(database, folder)
        took = time.process_time() - began
        events, size = read_store_size(folder)
        print(f"built in {took:.1f} s: {events:,} rows of events, {size / events:.0f} bytes each")
        stored = StoredEvents(database.spec, database.types, folder)
        moment = database.latest()
        for entity, task in grains(database.spec.tasks).items():
            built = build_examples(database, {entity: (moment,)}, tasks=(task,), labelled=False)
            rows = built.grains[entity]
            keys = rows.keys.column(0).cast(pa.string()).combine_chunks()
            at = rows.cutoff.astype(np.int64) + 1
            for many in (1, 32, 500):
                asks = StoredAsks(keys.slice(0, many), at[:many], {})
                describe_entities(stored, entity, asks)
                began = time.process_time()
                for _ in range(TIMES):
                    describe_entities(stored, entity, asks)
                took = (time.process_time() - began) / TIMES
                print(f"{entity}: {len(asks.keys)} at once {1000 * took:.1f} ms")


def grains(tasks: dict) -> dict[str, str]:
    """Map each entity that is asked about to one of its tasks."""
    return {task.for_each: name for name, task in tasks.items() if isinstance(task, EntityTaskSpec)}


if __name__ == "__main__":
    main()
