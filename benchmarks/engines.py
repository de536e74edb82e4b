"""Hold Spark's examples against DuckDB's, row for row: `python benchmarks/engines.py SPEC DATA [SPARK_MASTER]`."""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather

from banian.examples import Examples, save_examples
from banian.examples.build import build_examples, training_cutoffs
from banian.tables import build_engine, read_database
from banian.workflows.load_spec import load_spec


def main(spec: Path, data: Path, master: str = "spark") -> None:
    """Build both, say how long it took, and stop at the first column that differs."""
    folders = [Path(tempfile.mkdtemp(prefix="engines-")) for _ in range(2)]
    for engine, folder in zip(("duckdb", master), folders, strict=True):
        save_examples(draw(engine, spec, data), folder)
    one, other = (sorted(path.name for path in folder.iterdir()) for folder in folders)
    assert one == other, f"{set(one) ^ set(other)}"
    columns = cells = 0
    for name in one:
        if name.endswith(".arrow"):
            here, there = (feather.read_table(str(folder / name)) for folder in folders)
            assert here.schema == there.schema, name
            for column in here.column_names:
                assert is_same(here[column], there[column]), f"{name}: {column}"
            columns, cells = columns + here.num_columns, cells + here.num_columns * here.num_rows
    print(f"equal: {columns} columns, {cells:,} cells")


def draw(engine: str, spec: Path, data: Path) -> Examples:
    """Build the examples of one engine."""
    began = time.monotonic()
    connected = build_engine(engine)
    up = time.monotonic()
    database = read_database(load_spec(spec), data, engine=connected)
    read = time.monotonic()
    examples = build_examples(database, training_cutoffs(database))
    built = time.monotonic()
    rows = sum(len(grain.label) for grain in examples.grains.values())
    print(
        f"{connected.label}: {rows:,} examples; start {up - began:.0f} s, tables {read - up:.0f} s, "
        f"examples {built - read:.0f} s"
    )
    return examples


def is_same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    """Compare two columns, bit for bit where they are floats: NaN equals NaN."""
    if pa.types.is_floating(one.type):
        here, there = one.to_numpy(), other.to_numpy()
        return one.null_count == other.null_count and np.array_equal(here, there, equal_nan=True)
    return one.equals(other)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
