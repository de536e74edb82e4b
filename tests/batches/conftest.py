"""Rows of two grains that share an entity."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from banian.examples import Examples, GrainExamples
from banian.features import EntityFeatures

sys.path.insert(0, str(Path(__file__).parent))


def draw_entity(rows: int, seed: int, *, present: float = 0.8, **fields: object) -> EntityFeatures:
    """Numbers with gaps and text of few values; `fields` replaces or adds columns."""
    generator = np.random.default_rng(seed)
    amount = generator.lognormal(2, 1, rows).round(2)
    columns = {
        "amount": pa.array(amount, mask=generator.random(rows) < 0.2),
        "age": pa.array(generator.integers(18, 80, rows).astype(float)),
        "city": pa.array(generator.choice(["Łódź", "東京", "a, b"], rows).tolist(), pa.string()),
    } | fields
    names = sorted(columns)
    table = pa.table({name: columns[name] for name in names})
    return EntityFeatures(generator.random(rows) < present, table)


def make_rows(
    grain: str, entities: Mapping[str, EntityFeatures], **changes: object
) -> GrainExamples:
    rows = len(next(iter(entities.values())).present)
    parts = {
        "grain": grain,
        "tasks": ("buys", "spend"),
        "keys": pa.table({"id": list(range(rows))}),
        "cluster": np.arange(rows),
        "clusters": pa.array([str(row) for row in range(rows)]),
        "cutoff": np.full(rows, np.datetime64("2020-01-01", "us")),
        "scene": pa.nulls(rows, pa.string()),
        "entities": entities,
        "asked": np.ones((rows, 2), bool),
        "label": np.tile([1.0, 20.5], (rows, 1)),
        "matured_at": np.full((rows, 2), np.datetime64("2020-02-01", "us")),
        "level": np.zeros((rows, 2)),
    } | changes
    return GrainExamples(**parts)


@pytest.fixture
def entity() -> Callable[..., EntityFeatures]:
    return draw_entity


@pytest.fixture
def rows() -> Callable[..., GrainExamples]:
    return make_rows


@pytest.fixture
def examples() -> Examples:
    """Customers at cutoffs, and orders that know their customer; orders have scenes."""
    scene = pa.array((["home"] * 20 + ["cart"] * 30 + ["rare"] * 2 + [None] * 8) * 2)
    weight = pa.array(np.arange(120) / 8)
    orders = {
        "customers": draw_entity(120, 1),
        "orders": draw_entity(120, 2, present=1.0, weight=weight),
    }
    grains = {
        "customers": make_rows("customers", {"customers": draw_entity(80, 0)}),
        "rows of orders": make_rows("rows of orders", orders, scene=scene),
    }
    return Examples(grains)


@pytest.fixture
def training(examples) -> dict[str, np.ndarray]:
    """Two rows of three train."""
    return {grain: np.arange(len(rows)) % 3 > 0 for grain, rows in examples.grains.items()}
