"""A funnel over scenes beside a second grain, and networks of every composition over them."""

from collections.abc import Callable

import pytest
import torch
from packed import pack

from banian.batches import Batch, Block, CategoryPart, Fields
from banian.kinds import TowerState
from banian.models import Grain, Model, build_model
from banian.spec import ModelSpec

FIELDS = {
    "customers": Fields(numeric=2, specials=3, vocabulary_sizes=(5,)),
    "pages": Fields(numeric=1, specials=3, vocabulary_sizes=(4, 3)),
}
BINARY = TowerState("binary", "auc")
GRAINS = {
    "customers": Grain(
        ("customers",), {"stays": BINARY, "visits": TowerState("count", "deviance")}
    ),
    "rows of pages": Grain(
        ("customers", "pages"),
        {
            "back": BINARY,
            "buy": BINARY,
            "click": BINARY,
            "price": TowerState("amount", "rmse"),
            "spend": TowerState("amount", "mae", floor=0.0),
        },
        given={"buy": "click", "back": "buy", "spend": "buy"},
    ),
}
SCENES = 6


def draw_block(fields: Fields, rows: int, generator: torch.Generator) -> Block:
    rank = torch.rand(rows, fields.numeric, generator=generator, dtype=torch.float64)
    codes = [torch.randint(n, (rows,), generator=generator) for n in fields.vocabulary_sizes]
    return Block(
        (
            pack(rank, rank * 2 - 1, torch.zeros(rows, fields.numeric, dtype=torch.long)),
            CategoryPart(torch.stack(codes, dim=1)),
        ),
        present=torch.rand(rows, generator=generator) < 0.9,
    )


def draw_batch(grain: str, rows: int, *, seed: int = 0, scenes: int = SCENES) -> Batch:
    """Labels of the funnel are there only where the step before came true, and some are lost."""
    generator = torch.Generator().manual_seed(seed)
    made = GRAINS[grain]

    def draw() -> torch.Tensor:
        return torch.rand(rows, generator=generator, dtype=torch.float64)

    label: dict[str, torch.Tensor] = {}
    known: dict[str, torch.Tensor] = {}
    for task in sorted(made.tasks, key=lambda task: (task in made.given, "buy" not in task, task)):
        kind, before = made.tasks[task].kind, made.given.get(task)
        value = {"binary": (draw() < 0.6).double(), "count": (draw() * 6).floor()}
        label[task] = value.get(kind, draw() * 50)
        known[task] = draw() < 0.9
        if before is not None:
            known[task] &= known[before] & (label[before] == 1)
    mask = torch.stack([known[task] for task in made.tasks], dim=1)
    return Batch(
        grain=grain,
        tasks=tuple(made.tasks),
        blocks={name: draw_block(FIELDS[name], rows, generator) for name in made.entities},
        scene=torch.randint(scenes, (rows,), generator=generator),
        level=torch.stack([draw() * 20 for _ in made.tasks], dim=1),
        label=torch.where(mask, torch.stack([label[task] for task in made.tasks], dim=1), 0),
        mask=mask,
    )


def new_model(spec: ModelSpec, *, seed: int = 0, scenes: int = SCENES) -> Model:
    torch.manual_seed(seed)
    return build_model(spec, fields=FIELDS, grains=GRAINS, scenes=scenes).double().eval()


def enliven(model: Model) -> Model:
    """Take a model away from its start, where heads, gates and own weights say nothing."""
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator).double() * 0.3)
    return model


@pytest.fixture(scope="session")
def make_batch() -> Callable[..., Batch]:
    return draw_batch


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Model]:
    return new_model


@pytest.fixture(scope="session")
def alive() -> Callable[[Model], Model]:
    return enliven


@pytest.fixture(scope="session")
def grains() -> dict[str, Grain]:
    return GRAINS
