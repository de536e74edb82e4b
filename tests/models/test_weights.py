"""Weights in the loss of a model: sums over rows that stand as often as they weigh."""

import dataclasses

import pytest
import torch

from banian.batches import Batch
from banian.models.dependence import ESMM
from banian.training.distillation import distilled_losses, label_weight

TASKS = 2


def weighed(batch: Batch, times: torch.Tensor) -> Batch:
    """Rows with these weights; those without have no label."""
    weight = times.to(batch.label).unsqueeze(1).expand(-1, TASKS)
    return dataclasses.replace(batch, weight=weight).masked(batch.mask & (weight > 0))


def repeat(batch: Batch, times: torch.Tensor) -> Batch:
    return batch.rows(torch.arange(len(batch)).repeat_interleave(times))


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return [part.grad for part in model.parameters() if part.grad is not None]


@pytest.mark.parametrize("grain", ["customers", "shop.lines"])
def test_the_gradient_is_that_of_rows_that_stand_so_often(make_batch, make_model, grain):
    batch = make_batch(grain, 60)
    times = torch.arange(60) % 4
    one, many = weighed(batch, times), repeat(batch, times)
    model = make_model().double().eval()
    model.fit_priors(one)

    def mean(rows):
        return (model.loss(rows, model(rows)).sum(0) / model.label_weight(rows).sum(0)).sum()

    found, expected = (gradients(model, mean(rows)) for rows in (one, many))
    assert sum(part.abs().sum() for part in expected) > 0
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_weights_are_one_on_average_over_the_labels_in_use(make_batch):
    batch = weighed(make_batch("customers", 60), 7 * (torch.arange(60) % 4))
    torch.testing.assert_close(batch.label_weight.sum(0), batch.mask.sum(0).to(batch.label))
    half = batch.masked(batch.mask & (torch.arange(60) < 30).unsqueeze(1))
    torch.testing.assert_close(half.label_weight.sum(0), half.mask.sum(0).to(batch.label))
    assert (half.label_weight[~half.mask] == 0).all()


def test_a_teacher_is_heard_as_much_as_its_row_weighs(make_batch, make_model):
    batch = make_batch("customers", 40)
    teacher = torch.where(torch.arange(40).unsqueeze(1) % 3 == 0, float("nan"), batch.label + 0.25)
    times = 1 + torch.arange(40) % 2
    one, many = weighed(batch, times).taught(teacher), repeat(batch.taught(teacher), times)
    model = make_model().double().eval()
    model.fit_priors(batch)

    def mean(rows):
        losses = torch.stack(list(distilled_losses(model, rows, model(rows), 0.3).values()), 1)
        return losses.sum(0) / label_weight(model, rows, 0.3).sum(0)

    torch.testing.assert_close(mean(one), mean(many), rtol=1e-5, atol=1e-6)


def test_over_the_entire_space_rows_count_as_often_too(make_batch):
    generator = torch.Generator().manual_seed(0)
    click = (torch.rand(300, generator=generator) < 0.5).double()
    buy = (torch.rand(300, generator=generator) < 0.4).double()
    mask = (
        torch.stack([torch.ones(300), click * (torch.rand(300, generator=generator) < 0.8)], 1) > 0
    )
    batch = Batch(
        "pages",
        ("click", "buy"),
        {},
        torch.zeros(300, dtype=torch.long),
        torch.zeros(300, 2),
        torch.stack([click, buy], 1) * mask,
        mask,
    )
    times = torch.randint(0, 3, (300,), generator=generator)
    found = []
    for rows in (weighed(batch, times), repeat(batch, times)):
        esmm = ESMM({"buy": ("click", "buy")})
        esmm.fit_prior(rows)
        logits = {task: torch.full((len(rows), 1), 0.2).double() for task in rows.tasks}
        own = {task: torch.zeros(len(rows)).double() for task in rows.tasks}
        lost = esmm.losses(rows, logits, own)["buy"].sum() / esmm.weight(rows)[:, 1].sum()
        fitted = esmm.of(next(iter(esmm.chains)))
        found.append((fitted.known.item(), fitted.unit.item(), lost.item()))
    assert found[0] == pytest.approx(found[1], rel=1e-9)
