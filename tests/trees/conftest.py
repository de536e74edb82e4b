"""Rows of one grain with numbers, a category and absent entities."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from banian.examples import GrainExamples
from banian.features import EntityFeatures

ROWS = 400


def draw_rows(
    label: np.ndarray | None = None, *, level: float = 0.0, seed: int = 0
) -> GrainExamples:
    generator = np.random.default_rng(seed)
    pages = generator.integers(0, 50, ROWS).astype(float)
    city = generator.choice(["a", "b", "c"], ROWS)
    present = generator.random(ROWS) < 0.9
    columns = {
        "city": pa.array(city.tolist(), pa.string()),
        "empty": pa.array([None] * ROWS, pa.float64()),
        "pages": pa.array(pages, mask=generator.random(ROWS) < 0.1),
        "same": np.full(ROWS, 3.0),
    }
    shown = (pages > 20).astype(float) if label is None else label
    return GrainExamples(
        grain="visits",
        tasks=("other", "task"),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(row) for row in range(ROWS)]),
        cutoff=np.full(ROWS, np.datetime64("2020-01-01", "us")),
        scene=pa.array(generator.choice(["home", "cart"], ROWS).tolist()),
        entities={"visits": EntityFeatures(present, pa.table(columns))},
        asked=np.ones((ROWS, 2), bool),
        label=np.stack([np.zeros(ROWS), shown], axis=1),
        matured_at=np.full((ROWS, 2), np.datetime64("2020-01-02", "us")),
        level=np.full((ROWS, 2), level),
    )


@pytest.fixture
def make_rows() -> Callable[..., GrainExamples]:
    return draw_rows


@pytest.fixture
def halves() -> tuple[np.ndarray, np.ndarray]:
    """Which rows train, and which select."""
    first = np.arange(ROWS) < ROWS // 2
    return first, ~first
