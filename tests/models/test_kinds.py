"""A grain with a task of every kind: what is absent has no loss and no gradient."""

import dataclasses

import pytest
import torch

from banian.batches import Batch
from banian.kinds import TowerState
from banian.models import Grain, build_model, freeze, predict_values
from banian.spec import MMoESpec, ModelSpec

NAMES = ("tea", "milk", "salt")
TASKS = {
    "again": TowerState("binary", "auc"),
    "drink": TowerState("multiclass", "log_loss", classes=NAMES),
    "stars": TowerState("ordinal", "mae", grades=(1.0, 2.0, 3.0)),
    "number": TowerState("count", "mae", tower="negative_binomial"),
    "spend": TowerState("amount", "mae", tower="zero_inflated_log_normal"),
    "weight": TowerState("regression", "rmse", tower="gaussian"),
    "most": TowerState("quantile", "pinball", quantile=0.9),
    "next": TowerState("ranking", "ndcg", classes=NAMES, top=2),
    "far": TowerState("ranking", "ndcg", tower="sampled_softmax", classes=NAMES, top=2),
    "gain": TowerState("uplift", "qini", classes=("none", "mail"), outcome="truth"),
}
SPEC = ModelSpec(
    sharing=MMoESpec(width=8, experts=2), entity_width=6, private_width=4, tower_width=5, dropout=0
)
CODED = ("next", "far", "gain")
each_task = pytest.mark.parametrize("task", TASKS)


def draw_batch(fields, make_block, rows=24) -> Batch:
    generator = torch.Generator().manual_seed(0)
    uniform = torch.rand(rows, generator=generator, dtype=torch.float64)
    codes = torch.randint(0, 3, (rows, 2), generator=generator)
    label = {
        "again": uniform > 0.5,
        "drink": codes[:, 0],
        "stars": 1 + codes[:, 1],
        "number": (uniform * 9).floor(),
        "spend": (uniform * 40 - 9).clamp(min=0),
        "weight": uniform * 5 - 1,
        "most": uniform * 40 - 9,
        "next": torch.full((rows,), 2),
        "far": torch.full((rows,), 2),
        "gain": uniform > 0.4,
    }
    mask = torch.rand(rows, len(TASKS), generator=generator) < 0.7
    lists = torch.stack([codes[:, 0], (codes[:, 0] + 1) % 3, torch.full((rows,), -1)], dim=1)
    seen = torch.stack([codes, torch.randint(0, 3, (rows, 2), generator=generator)], dim=2)
    return Batch(
        grain="customers",
        tasks=tuple(TASKS),
        blocks={"customers": make_block(fields["customers"], rows)},
        scene=torch.zeros(rows, dtype=torch.long),
        level=torch.zeros(rows, len(TASKS), dtype=torch.float64),
        label=torch.stack([one.double() for one in label.values()], dim=1),
        mask=mask,
        seen={"next": seen, "far": seen},
        codes={"next": lists, "far": lists, "gain": codes[:, :1] % 2},
    )


@pytest.fixture
def batch(fields, make_block):
    return draw_batch(fields, make_block)


@pytest.fixture
def model(fields, batch):
    torch.manual_seed(0)
    grains = {"customers": Grain(("customers",), TASKS)}
    model = build_model(SPEC, fields=fields, grains=grains, scenes=1).double()
    model.fit_priors(batch)
    for task in model.tasks:
        torch.nn.init.normal_(model.tower(task).head.weight, std=0.3)
    return model


def unlabelled(batch, task):
    """The batch without any label of a task, and what stands where none is."""
    at = batch.tasks.index(task)
    mask, label = batch.mask.clone(), batch.label.clone()
    mask[:, at], label[:, at] = False, torch.nan
    codes = {
        name: torch.full_like(c, 10**6) if name == task else c for name, c in batch.codes.items()
    }
    return dataclasses.replace(batch, mask=mask, label=label, codes=codes)


@each_task
def test_a_task_without_a_label_has_no_loss_and_leaves_its_tower_alone(task, model, batch):
    batch = unlabelled(batch, task)
    loss = model.loss(batch, model(batch))
    assert (loss[:, batch.tasks.index(task)] == 0).all()
    assert loss.isfinite().all()
    loss.sum().backward()
    for parameter in model.parameters():
        assert parameter.grad is None or parameter.grad.isfinite().all()
    for parameter in model.task_parameters(task):
        assert parameter.grad is None or not parameter.grad.any()


@each_task
def test_an_absent_label_has_no_loss_and_no_gradient(task, model, batch):
    at = batch.tasks.index(task)
    found = model(batch)
    logits = {name: one.detach().requires_grad_() for name, one in found.items()}
    fillers = torch.where(batch.mask, batch.label, torch.nan)
    loss = model.loss(dataclasses.replace(batch, label=fillers), logits)[:, at]
    loss.sum().backward()
    absent = ~batch.mask[:, at]
    assert absent.any()
    assert (loss[absent] == 0).all()
    assert (logits[task].grad[absent] == 0).all()
    assert (loss[~absent] != 0).all()


def test_every_kind_learns(model, batch):
    model.fit_priors(batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

    def losses():
        return model.loss(batch, model(batch)).sum(dim=0) / batch.mask.sum(dim=0)

    model.eval()
    start = losses().detach()
    model.train()
    for _ in range(110):
        optimizer.zero_grad()
        losses().sum().backward()
        optimizer.step()
    model.eval()
    assert (losses() < start - 0.02).all()


def test_outputs_are_those_of_the_kind(model, batch):
    values = predict_values(freeze(model), batch)
    widths = {task: value.shape[1] for task, value in values.items()}
    assert widths == {
        "again": 1,
        "drink": 4,
        "stars": 3,
        "number": 3,
        "spend": 3,
        "weight": 3,
        "most": 1,
        "next": 4,
        "far": 4,
        "gain": 2,
    }
    for task in ("drink", "stars", "next", "far"):
        torch.testing.assert_close(
            torch.tensor(values[task]).sum(dim=1), torch.ones(24, dtype=torch.float64)
        )


def test_rows_never_see_each_other(model, batch):
    order = torch.randperm(24, generator=torch.Generator().manual_seed(3))
    whole, shuffled = (predict_values(freeze(model), one) for one in (batch, batch.rows(order)))
    for task, values in whole.items():
        torch.testing.assert_close(torch.tensor(shuffled[task]), torch.tensor(values[order]))
