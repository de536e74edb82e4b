from dataclasses import replace

import pytest
import torch

from banian.spec import TrainSpec
from banian.training.distillation import distilled_losses, label_weight
from banian.training.objective import Objective
from banian.training.running_counts import RunningCounts

NAN = float("nan")


@pytest.fixture
def batch(make_batch):
    """Labels known and unknown, taught and untaught: rows 0 both, 1 the label, 2 the teacher, 3 nobody."""
    mask = torch.tensor([[True, True], [True, True], [False, False], [False, False]])
    label = torch.tensor([[1.0, 12.0], [0.0, 3.0], [0.0, 0.0], [0.0, 0.0]])
    teacher = torch.tensor([[0.8, 9.0], [NAN, NAN], [0.3, 5.0], [NAN, NAN]])
    return replace(make_batch("customers", 4), mask=mask, label=label, teacher=teacher)


@pytest.fixture
def taught(make_model, make_batch):
    model = make_model(make_batch("customers", 64))
    torch.nn.init.normal_(model.tower("stays").head.weight)
    return model


def test_the_loss_is_the_mean_of_that_of_the_label_and_that_of_the_teacher(taught, batch):
    logits = taught(batch)
    found = distilled_losses(taught, batch, logits, 0.3)
    tower = taught.tower("stays")
    probability = logits["stays"][:, 0].detach().double().sigmoid()

    def entropy(said, row):
        p = probability[row]
        return -(said * p.log() + (1 - said) * (1 - p).log()) / tower.unit

    expected = [
        0.7 * entropy(1.0, 0) + 0.3 * entropy(0.8, 0),
        entropy(0.0, 1),
        0.3 * entropy(0.3, 2),
        0.0,
    ]
    assert found["stays"].tolist() == pytest.approx([float(x) for x in expected], rel=1e-5)


@torch.no_grad()
def test_an_amount_is_taught_in_its_own_units(taught, batch):
    logits = taught(batch)
    found = distilled_losses(taught, batch, logits, 0.3)["spend"]
    tower = taught.tower("spend")
    level = batch.level[:, 1]

    def loss(said):
        return tower.loss(logits["spend"], torch.full((4,), said), level)

    expected = [0.7 * loss(12.0)[0] + 0.3 * loss(9.0)[0], loss(3.0)[1], 0.3 * loss(5.0)[2], 0.0]
    assert found.tolist() == pytest.approx([float(x) for x in expected], rel=1e-5)


def test_a_row_counts_as_much_as_it_is_listened_to(taught, batch):
    assert label_weight(taught, batch, 0.3)[:, 0].tolist() == pytest.approx([1.0, 1.0, 0.3, 0.0])
    untaught = replace(batch, teacher=None)
    assert label_weight(taught, untaught, 0.3)[:, 0].tolist() == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_teacher_who_says_nothing_changes_nothing(taught, batch, share):
    silent = replace(batch, teacher=torch.full_like(batch.label, NAN))
    nobody = replace(batch, teacher=None)
    logits = taught(batch)
    one, other = (distilled_losses(taught, each, logits, share) for each in (silent, nobody))
    for task in batch.tasks:
        assert torch.equal(one[task], other[task])
    assert torch.equal(label_weight(taught, silent, share), label_weight(taught, nobody, share))


def test_at_share_one_labels_that_are_taught_are_not_heard(taught, batch):
    other = replace(batch, label=batch.label + torch.tensor([[-1.0, 7.0], [0, 0], [0, 0], [0, 0]]))
    found = [distilled_losses(taught, each, taught(each), 1.0)["spend"] for each in (batch, other)]
    assert torch.equal(*found)


def test_no_gradient_is_lost_to_what_is_not_said(taught, batch):
    rows = {"customers": batch}
    counts = RunningCounts().add(taught, rows, steps=1.0, distillation=0.5)
    micro_batch = Objective(taught, TrainSpec(), counts).micro_batch(rows)
    torch.stack(list(micro_batch.lose([0, 1]).values)).sum().backward()
    gradients = [p.grad for p in taught.parameters() if p.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert micro_batch.share.tolist() == [1.0, 1.0]


def test_the_teacher_goes_where_its_rows_go(batch):
    chosen = batch.rows(torch.tensor([2, 0])).to(torch.device("cpu"), torch.float64)
    assert chosen.teacher.dtype == torch.float64
    assert chosen.teacher[:, 1].tolist() == [5.0, 9.0]
    assert replace(batch, teacher=None).rows(torch.tensor([1])).teacher is None
