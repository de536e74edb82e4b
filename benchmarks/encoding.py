"""Encoding and reading: cells a second of the processor, beside scikit-learn, plain NumPy and DuckDB.

    OMP_NUM_THREADS=1 python benchmarks/encoding.py --rows 400000

Encodes a table of eleven numbers and eight texts: as `predict` does it, into rank, normal score, scaled value and code
of a number and the code of a text; by scikit-learn (`QuantileTransformer` to normal scores, `OrdinalEncoder`); and by
NumPy alone (`interp` to ranks, `searchsorted` to codes), which give less. Then writes the table as CSV and as Parquet
and reads it as `fit` does (types from all values, rows set aside), as `predict` does (types known), and by DuckDB's own
guess from the first rows. All on one thread, the best of some turns.
`--quick` takes 20,000 rows.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
from sklearn.preprocessing import OrdinalEncoder, QuantileTransformer

from banian.batches.categories import encode_categories
from banian.batches.numbers import encode_numbers
from banian.features.codecs import NumberCodecs, fit_number, fit_vocabulary
from banian.spec import parse_spec
from banian.tables import read_database
from banian.tables.engines import DuckDB

TURNS = 3
SPEC = """
shop: reading
tables:
  shown: {{source: {source}, key: id, time: at}}
tasks:
  click: PREDICT shown.clicked FOR EACH shown
split: {{valid: 2024-02-20, test: 2024-02-25}}
"""


def main() -> None:
    """Make a table up, encode it, read it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--quick", action="store_true", help="20,000 rows")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    table = make_table(20_000 if chosen.quick else chosen.rows)
    found = measure_encoding(table) | measure_reading(table)
    if chosen.json:
        print(json.dumps(found))
        return
    for what, number in found.items():
        print(f"{what:50} {number:>10.2f}")


def make_table(count: int) -> pa.Table:
    """Make up 21 columns: a key, a time, numbers whole and broken, texts of few and of many values, a label."""
    draw = np.random.default_rng(0)
    seconds = draw.integers(0, 60 * 86_400, count)
    columns = {
        "id": pa.array(np.arange(count)),
        "at": pa.array((np.datetime64("2024-01-01", "s") + seconds).astype("datetime64[us]")),
    }
    for place in range(6):
        columns[f"whole_{place}"] = pa.array(draw.integers(0, 10 ** (place + 1), count))
    for place in range(5):
        values = np.round(draw.lognormal(3, 1, count), 2 if place < 3 else 6)
        columns[f"broken_{place}"] = pa.array(values, mask=draw.random(count) < 0.1)
    for place in range(7):
        codes = (10 ** min(place + 1, 5) * draw.random(count) ** 3).astype(np.int64)
        columns[f"text_{place}"] = pa.array(np.char.add(f"name {place}-", codes.astype(str)))
    columns["clicked"] = pa.array(draw.random(count) < 0.2)
    return pa.table(columns)


def measure_encoding(table: pa.Table) -> dict[str, float]:
    """Give millions of cells a second, of numbers and of texts."""
    names = [name for name in table.column_names if name.startswith(("whole", "broken"))]
    numbers = pa.table({name: table[name].cast(pa.float64()) for name in names})
    texts = table.select([name for name in table.column_names if name.startswith("text")])
    rows, few = len(table), min(len(table), 50_000)
    fitted = {
        name: fit_number(column.slice(0, few).to_numpy()) for name, column in by_name(numbers)
    }
    codecs = NumberCodecs({name: codec for name, codec in fitted.items() if codec is not None})
    vocabularies = {name: fit_vocabulary(column.slice(0, few)) for name, column in by_name(texts)}
    matrix = np.column_stack([column.to_numpy() for column in numbers.columns])
    words = np.column_stack([column.to_numpy() for column in texts.columns])
    scores = QuantileTransformer(n_quantiles=65, output_distribution="normal").fit(matrix[:few])
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(words[:few])
    knots = np.nanquantile(matrix[:few], np.linspace(0, 1, 65), axis=0)
    known = [np.unique(words[:few, at].astype(str)) for at in range(words.shape[1])]
    plain = [column.to_numpy().astype(str) for column in texts.columns]

    def rank() -> list[np.ndarray]:
        return [
            np.interp(matrix[:, at], knots[:, at], np.linspace(0, 1, 65))
            for at in range(matrix.shape[1])
        ]

    def look_up() -> list[np.ndarray]:
        return [np.searchsorted(there, column) for there, column in zip(known, plain, strict=True)]

    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "numbers, Banian": (matrix.size, lambda: encode_numbers(codecs, numbers, rows=rows)),
        "numbers, scikit-learn": (matrix.size, lambda: scores.transform(matrix)),
        "numbers, NumPy": (matrix.size, rank),
        "texts, Banian": (words.size, lambda: encode_categories(vocabularies, texts, rows=rows)),
        "texts, scikit-learn": (words.size, lambda: ordinal.transform(words)),
        "texts, NumPy": (words.size, look_up),
    }
    return {
        f"million cells a second: {what}": cells / take_turns(work) / 1e6
        for what, (cells, work) in ways.items()
    }


def measure_reading(table: pa.Table) -> dict[str, float]:
    """Give seconds to read the table."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="banian-encoding-") as name:
        csv.write_csv(table, f"{name}/shown.csv")
        pq.write_table(table, f"{name}/shown.parquet")
        for source in ("shown.csv", "shown.parquet"):
            for what, work in ways_to_read(Path(name), source).items():
                found[f"seconds to read {source}: {what}"] = take_turns(work)
    return found


def ways_to_read(folder: Path, source: str) -> dict[str, Callable[[], object]]:
    """Give the ways to read a file."""
    spec = parse_spec(SPEC.format(source=source))
    types = {"shown": read_database(spec, folder, engine=alone()).tables["shown"].types}
    return {
        "DuckDB": lambda: guess(folder / source),
        "Banian, types from all values": lambda: read_database(spec, folder, engine=alone()),
        "Banian, types known": lambda: read_database(spec, folder, engine=alone(), types=types),
    }


def alone() -> DuckDB:
    """Give an engine on one thread."""
    engine = DuckDB()
    engine.backend.raw_sql("SET threads = 1")
    return engine


def guess(place: Path) -> None:
    """Let DuckDB read a file by itself."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE shown AS SELECT * FROM '{place}'")


def by_name(table: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    """Give the columns of a table with their names."""
    return list(zip(table.column_names, table.columns, strict=True))


def take_turns(work: Callable[[], object]) -> float:
    """Give the least seconds of the processor that some turns take."""
    least = float("inf")
    for _ in range(TURNS):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least


if __name__ == "__main__":
    main()
