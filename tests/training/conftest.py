"""A model of two grains, small enough to train in no time."""

from collections.abc import Callable

import pytest
import torch
from packed import pack, unpack

from banian.batches import Batch, Block, CategoryPart, Fields, NumberPart
from banian.kinds import TowerState
from banian.models import Grain, Model, build_model
from banian.spec import MMoESpec, ModelSpec

FIELDS = {
    "customers": Fields(numeric=2, specials=5, vocabulary_sizes=(4,)),
    "orders": Fields(numeric=1, specials=5, vocabulary_sizes=()),
}
GRAINS = {
    "customers": Grain(
        ("customers",), {"stays": TowerState("binary", "auc"), "spend": TowerState("amount", "mae")}
    ),
    "orders": Grain(("customers", "orders"), {"returned": TowerState("binary", "log_loss")}),
}
METRICS = {"stays": "auc", "spend": "mae", "returned": "log_loss"}
SPEC = ModelSpec(
    sharing=MMoESpec(width=8, experts=2),
    entity_width=6,
    private_width=4,
    tower_width=6,
    dropout=0.0,
)


def draw_block(fields: Fields, rows: int, generator: torch.Generator) -> Block:
    rank = torch.rand(rows, fields.numeric, generator=generator)
    sizes = fields.vocabulary_sizes
    codes = [torch.randint(size, (rows,), generator=generator) for size in sizes]
    return Block(
        (
            pack(rank, rank * 2 - 1, torch.zeros(rows, fields.numeric, dtype=torch.long)),
            CategoryPart(
                torch.stack(codes, 1) if codes else torch.zeros(rows, 0, dtype=torch.long)
            ),
        ),
        present=torch.ones(rows, dtype=torch.bool),
    )


def draw_batch(grain: str, rows: int, *, seed: int = 0, known: float = 0.8) -> Batch:
    """Labels follow the first number of the last entity; `known` is the share of known labels."""
    generator = torch.Generator().manual_seed(seed)
    entities, tasks = GRAINS[grain].entities, tuple(GRAINS[grain].tasks)
    blocks = {name: draw_block(FIELDS[name], rows, generator) for name in entities}
    hint = unpack(blocks[entities[-1]].part(NumberPart), torch.float32)[:, 0, 0]
    columns = [hint * 20 if task == "spend" else (hint > 0.6).float() for task in tasks]
    mask = torch.rand(rows, len(tasks), generator=generator) < known
    return Batch(
        grain=grain,
        tasks=tasks,
        blocks=blocks,
        scene=torch.zeros(rows, dtype=torch.long),
        level=torch.zeros(rows, len(tasks)),
        label=torch.where(mask, torch.stack(columns, dim=1), 0),
        mask=mask,
    )


def new_model(*batches: Batch, seed: int = 0, spec: ModelSpec = SPEC, scenes: int = 2) -> Model:
    torch.manual_seed(seed)
    model = build_model(spec, fields=FIELDS, grains=GRAINS, scenes=scenes)
    for batch in batches:
        model.fit_priors(batch)
    return model


@pytest.fixture(scope="session")
def make_batch() -> Callable[..., Batch]:
    return draw_batch


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Model]:
    """A model that starts at the priors of the given batches."""
    return new_model


@pytest.fixture
def training() -> dict[str, Batch]:
    return {"customers": draw_batch("customers", 64), "orders": draw_batch("orders", 40)}


@pytest.fixture
def valid() -> dict[str, Batch]:
    return {
        "customers": draw_batch("customers", 30, seed=1),
        "orders": draw_batch("orders", 30, seed=1),
    }


@pytest.fixture
def fields() -> dict[str, Fields]:
    return dict(FIELDS)


@pytest.fixture
def metrics() -> dict[str, str]:
    return dict(METRICS)


@pytest.fixture
def model(training) -> Model:
    return new_model(*training.values())
