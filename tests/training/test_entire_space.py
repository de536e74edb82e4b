"""With ESMM a task has a loss where it has no label of its own; what counts labels has to know."""

import pytest
import torch
from packed import pack

from banian.batches import Batch, Block, CategoryPart, Fields
from banian.kinds import TowerState
from banian.models import Grain, Model, build_model
from banian.spec import ESMMSpec, ModelSpec, SharedBottomSpec, TrainSpec
from banian.training.distillation import distilled_losses
from banian.training.loop import Loop
from banian.training.sampler import MicroBatches
from banian.training.score import score_model

ROWS = 400
BINARY = TowerState("binary", "log_loss")
GRAINS = {"pages": Grain(("pages",), {"click": BINARY, "buy": BINARY}, {"buy": "click"})}
SPEC = ModelSpec(
    sharing=SharedBottomSpec(width=6),
    dependence=ESMMSpec(),
    entity_width=4,
    private_width=3,
    tower_width=4,
    dropout=0.0,
)


@pytest.fixture
def batch() -> Batch:
    """One row in five is clicked, and every other click buys."""
    generator = torch.Generator().manual_seed(0)
    rank = torch.rand(ROWS, 1, generator=generator)
    click, buy = torch.arange(ROWS) % 5 == 0, torch.arange(ROWS) % 10 == 0
    return Batch(
        grain="pages",
        tasks=("click", "buy"),
        blocks={
            "pages": Block(
                (
                    pack(rank, rank * 2 - 1, torch.zeros(ROWS, 1, dtype=torch.long)),
                    CategoryPart(torch.zeros(ROWS, 0, dtype=torch.long)),
                ),
                present=torch.ones(ROWS, dtype=torch.bool),
            )
        },
        scene=torch.zeros(ROWS, dtype=torch.long),
        level=torch.zeros(ROWS, 2),
        label=torch.stack([click.float(), buy.float()], dim=1),
        mask=torch.stack([torch.ones(ROWS, dtype=torch.bool), click], dim=1),
    )


@pytest.fixture
def model(batch) -> Model:
    torch.manual_seed(0)
    fields = {"pages": Fields(numeric=1, specials=2, vocabulary_sizes=())}
    model = build_model(SPEC, fields=fields, grains=GRAINS, scenes=2)
    model.fit_priors(batch)
    return model


def test_the_priors_score_one_whatever_share_of_the_rows_has_a_label(model, batch):
    score = score_model(model, {"pages": batch}, {"click": "log_loss", "buy": "log_loss"})
    assert score.losses == pytest.approx({"click": 1.0, "buy": 1.0}, abs=1e-5)
    assert set(score.metrics) == {"click", "buy"}


def test_a_step_counts_the_rows_that_its_loss_is_over(model, batch):
    batches = MicroBatches({"pages": batch}, rows=ROWS, generator=torch.Generator().manual_seed(0))
    loop = Loop("refit", model, {"pages": batch}, TrainSpec(), 10, batches)
    loop.step()
    assert loop.tell(None).train_loss == pytest.approx({"click": 1.0, "buy": 1.0}, abs=1e-5)


def test_a_teacher_is_heard_by_the_tower_itself(model, batch):
    """It says how probable a purchase is given a click; the product of the chain is not its business."""
    for task in ("click", "buy"):
        torch.nn.init.normal_(model.tower(task).head.weight)
    words = torch.full_like(batch.label, float("nan"))
    words[:, 1] = 0.3
    logits = model(batch)
    found = distilled_losses(model, batch.taught(words), logits, 1.0)
    alone = model.tower("buy").loss(logits["buy"], words[:, 1], batch.level[:, 1])
    torch.testing.assert_close(found["buy"], alone)
    torch.testing.assert_close(found["click"], model.losses(batch, logits)["click"])
