"""A shop of two grains, with entities of every make and task names that bite."""

from collections.abc import Callable, Mapping

import pytest
import torch
from packed import pack

from banian.batches import Batch, Block, CategoryPart, Fields
from banian.kinds import TowerState
from banian.models import Grain, Model, build_model
from banian.spec import MMoESpec, ModelSpec

FIELDS = {
    "customers": Fields(numeric=3, specials=4, vocabulary_sizes=(5, 7)),
    "products": Fields(numeric=2, specials=2, vocabulary_sizes=()),
    "lines": Fields(numeric=0, specials=0, vocabulary_sizes=(6,)),
    "sellers": Fields(numeric=0, specials=0, vocabulary_sizes=()),
}
GRAINS = {
    "customers": Grain(
        entities=("customers",),
        tasks={
            "keys": TowerState("binary", "auc"),
            "spend": TowerState("amount", "mae", floor=0.0),
        },
    ),
    "shop.lines": Grain(
        entities=("lines", "customers", "products", "sellers"),
        tasks={
            "a.b": TowerState("count", "deviance", floor=0.0),
            "margin": TowerState("amount", "rmse"),
        },
    ),
}
SCENES = 4
SPEC = ModelSpec(
    sharing=MMoESpec(width=16, experts=2),
    entity_width=12,
    private_width=6,
    tower_width=8,
    dropout=0.1,
)


def draw_block(fields: Fields, rows: int, generator: torch.Generator) -> Block:
    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    special = (draw(rows, fields.numeric) * 2 * fields.specials).long() % max(fields.specials, 1)
    rank = draw(rows, fields.numeric)
    codes = [(draw(rows) * size).long() for size in fields.vocabulary_sizes]
    present = draw(rows) < 0.8
    block = Block(
        (
            pack(rank, rank * 4 - 2, special),
            CategoryPart(
                torch.stack(codes, dim=1) if codes else torch.zeros(rows, 0, dtype=torch.long)
            ),
        ),
        present=present,
    )
    return block.map(lambda tensor: tensor * present.reshape(-1, *[1] * (tensor.ndim - 1)))


def draw_batch(grain: str, rows: int, seed: int = 0) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    tasks = GRAINS[grain].tasks
    uniform = torch.rand(rows, len(tasks), generator=generator, dtype=torch.float64)
    mask = torch.rand(rows, len(tasks), generator=generator) < 0.8
    level = torch.rand(rows, len(tasks), generator=generator, dtype=torch.float64) * 30
    label = {
        "binary": lambda u: (u > 0.7).double(),
        "amount": lambda u: (u - 0.2) * 50,
        "count": lambda u: (u * 6).floor(),
    }
    columns = [label[spec.kind](uniform[:, i]) for i, spec in enumerate(tasks.values())]
    return Batch(
        grain=grain,
        tasks=tuple(tasks),
        blocks={
            entity: draw_block(FIELDS[entity], rows, generator) for entity in GRAINS[grain].entities
        },
        scene=torch.randint(0, SCENES, (rows,), generator=generator),
        level=level * (level > 10),
        label=torch.where(mask, torch.stack(columns, dim=1), 0),
        mask=mask,
    )


@pytest.fixture
def fields() -> Mapping[str, Fields]:
    return FIELDS


@pytest.fixture
def grains() -> Mapping[str, Grain]:
    return GRAINS


@pytest.fixture
def make_block() -> Callable[..., Block]:
    return lambda fields, rows, seed=0: draw_block(
        fields, rows, torch.Generator().manual_seed(seed)
    )


@pytest.fixture
def make_batch() -> Callable[..., Batch]:
    return draw_batch


@pytest.fixture
def make_model() -> Callable[..., Model]:
    def make(spec: ModelSpec = SPEC, seed: int = 0) -> Model:
        torch.manual_seed(seed)
        return build_model(spec, fields=FIELDS, grains=GRAINS, scenes=SCENES).double()

    return make


@pytest.fixture
def live_model(make_model) -> Model:
    """A model whose towers have left their priors, with dropout off."""
    model = make_model().eval()
    for task in model.tasks:
        torch.nn.init.normal_(model.tower(task).head.weight)
    torch.nn.init.normal_(model.scene.table.weight)
    for encoder in model.modules():
        if hasattr(encoder, "absent"):
            torch.nn.init.normal_(encoder.absent)
    return model
