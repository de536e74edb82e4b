"""The shapes of rows that training is measured on, drawn at random, and the spec that asks about them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from banian.spec import ShopSpec

EXPERTS, EXPERT_WIDTH, TOWER_WIDTH = 8, 64, 32
"""The MMoE that everybody trains: experts of two layers, a gate and a tower of one layer for each task."""


@dataclass(frozen=True)
class Shape:
    """So many categories with so many values each, and numbers."""

    name: str
    sizes: tuple[int, ...]
    """Values of each category."""
    numbers: int
    width: int
    """Units of the vector of a category."""
    batch: int
    rows: int


CENSUS = Shape("census", (12,) * 20 + (40,) * 10 + (200,) * 3, 7, 8, 512, 40_000)
SHOP = Shape(
    "shop",
    (100, 1_000, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000),
    numbers=0,
    width=16,
    batch=2_048,
    rows=80_000,
)


@dataclass(frozen=True)
class Rows:
    """Rows of a shape."""

    codes: np.ndarray
    """int64 [row, category]."""
    numbers: np.ndarray
    """float32 [row, number]."""
    labels: np.ndarray
    """bool [row, task]."""


def draw_rows(shape: Shape, rows: int, *, tasks: int) -> Rows:
    """Draw rows whose labels follow from their fields, the same ones each time."""
    rng = np.random.default_rng(0)
    # Squares of uniform numbers: some values are frequent, as in every shop.
    codes = np.stack([(rng.random(rows) ** 2 * size).astype(np.int64) for size in shape.sizes], 1)
    numbers = rng.standard_normal((rows, shape.numbers)).astype(np.float32)
    effects = [rng.standard_normal((size, tasks)) for size in shape.sizes]
    score = sum(effect[column] for effect, column in zip(effects, codes.T, strict=True))
    score = score + numbers @ rng.standard_normal((shape.numbers, tasks))
    noise = rng.standard_normal(score.shape) * np.std(score, axis=0)
    return Rows(codes, numbers, score + noise > np.std(score, axis=0))


def write_shop(rows: Rows, folder: Path, *, options: dict[str, Any]) -> ShopSpec:
    """Write rows as the table of a shop, and give the spec that asks for every label; `options` are added to it."""
    columns: dict[str, pa.Array] = {"id": pa.array(np.arange(len(rows.codes)))}
    for at, codes in enumerate(rows.codes.T):
        columns[f"c{at:02}"] = pa.array(np.char.add("v", codes.astype(str)))
    columns |= {f"n{at}": pa.array(values) for at, values in enumerate(rows.numbers.T)}
    columns |= {f"y{at}": pa.array(labels) for at, labels in enumerate(rows.labels.T)}
    pq.write_table(pa.table(columns), folder / "rows.parquet")
    tasks = {f"task{at}": f"PREDICT rows.y{at} FOR EACH rows" for at in range(rows.labels.shape[1])}
    return ShopSpec.model_validate(
        {
            "shop": "speed",
            "tables": {"rows": {"source": "rows.parquet", "key": "id"}},
            "tasks": tasks,
            "split": {"by": "id", "valid": 0.1, "test": 0.1},
            "serve_with": "joint",
        }
        | options
    )
