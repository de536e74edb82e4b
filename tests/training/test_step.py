import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.optim import SGD

from banian.balancing import build_balance
from banian.spec import EQUAL, LatentVariableSpec, ModelSpec, TrainSpec
from banian.training.objective import Objective, shared_parameters
from banian.training.running_counts import RunningCounts
from banian.training.sampler import MicroBatches
from banian.training.step import step

PLAIN = TrainSpec()


def take(model, drawn, training, optimizer, *, steps=1.0, spec=PLAIN, balance=EQUAL):
    """Make one step from these micro-batches of an epoch of so many steps."""
    counts = RunningCounts().add(model, training, steps=steps, distillation=spec.distillation)
    objective = Objective(model, spec, counts)
    weighing = build_balance(balance, objective.grain_of, updates_per_epoch=8)
    micro_batches = [objective.micro_batch(grains) for grains in drawn]
    return step(weighing, micro_batches, shared_parameters(model), optimizer)


def moves(model, drawn, training, **options):
    """What plain gradient descent of size 1 subtracts from each parameter."""
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    take(model, drawn, training, SGD(model.parameters(), lr=1.0), **options)
    return {name: before[name] - value.detach() for name, value in model.named_parameters()}


@pytest.fixture
def unclipped(monkeypatch):
    monkeypatch.setattr("banian.training.step.clip_gradients", list)


@pytest.mark.parametrize("known", [0.9, 0.1])
def test_the_gradient_is_the_sum_over_labels_by_their_average_number(
    unclipped, make_model, make_batch, known
):
    batch = make_batch("customers", 64, known=known)
    model = make_model(batch)
    tower = model.tower("stays")
    with torch.no_grad():
        tower.head.bias.add_(1.0)  # away from the prior, where the sum would be 0
    # All weights of the head are still 0, so that the logit is the bias.
    label, mask = batch.label[:, 0].double(), batch.mask[:, 0]
    probability = tower.head.bias.detach().double().sigmoid()
    labels = int(mask.sum()) / 2.5
    by_hand = (probability - label)[mask].sum() / tower.unit / labels / 2
    moved = moves(model, [{"customers": batch}], {"customers": batch}, steps=2.5)
    assert by_hand.abs() > 0.03
    assert moved["towers.of_stays.head.bias"].item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_over_an_epoch_each_label_has_the_same_say(unclipped, make_model, make_batch):
    grains = {
        "customers": make_batch("customers", 60, known=0.1),
        "orders": make_batch("orders", 7),
    }
    model = make_model(*grains.values())
    batches = MicroBatches(grains, rows=10, generator=torch.Generator().manual_seed(0))
    still = SGD(model.parameters(), lr=0.0)
    total = {name: torch.zeros_like(value) for name, value in model.named_parameters()}
    for _ in range(batches.steps_per_epoch):
        take(model, batches.draw(), grains, still, steps=float(batches.steps_per_epoch))
        for name, value in model.named_parameters():
            if value.grad is not None:
                total[name] += value.grad
    model.zero_grad()
    means = []
    for batch in grains.values():
        loss = model.loss(batch, model(batch)).sum(dim=0)
        means += list(loss / batch.mask.sum(dim=0))
    (sum(means) / 3).backward()
    for name, value in model.named_parameters():
        expected = batches.steps_per_epoch * value.grad
        torch.testing.assert_close(total[name], expected, rtol=1e-4, atol=1e-6)


def test_a_task_without_labels_has_no_say(unclipped, make_model, make_batch):
    batch = make_batch("customers", 40)
    mask = batch.mask.clone()
    mask[:, 1] = False
    masked = {"customers": batch.masked(mask)}
    one = moves(make_model(batch), [masked], masked)
    other = moves(make_model(batch), [{"customers": batch}], masked)
    assert one["towers.of_stays.head.bias"].any() or one["towers.of_stays.head.weight"].any()
    for name, moved in one.items():
        assert torch.equal(moved, other[name])
        assert not (name.startswith("towers.of_spend") and moved.any())


def test_a_step_leaves_grains_that_it_does_not_hold_alone(model, training):
    moved = moves(model, [{"orders": training["orders"]}], training)
    assert moved["towers.of_returned.head.weight"].any()
    for name, change in moved.items():
        if name.startswith(("towers.of_stays", "towers.of_spend", "private.of_customers")):
            assert not change.any()


def test_a_long_gradient_is_cut_to_length_one(model, training):
    moved = moves(model, [training], training, steps=1e4)
    length = torch.cat([change.flatten() for change in moved.values()]).norm()
    assert length.item() == pytest.approx(1.0, rel=1e-4)


def test_the_penalty_is_a_mean_over_the_rows_of_all_grains(unclipped, make_model, training):
    """At the priors all heads are 0, so that below them nothing but the penalty has a gradient."""
    spec = ModelSpec(sharing=LatentVariableSpec(width=6, weight=0.3), dropout=0.0)
    seen = []
    model = make_model(*training.values(), spec=spec)
    model.sharing.moments.register_forward_hook(lambda _, inputs, out: seen.append(out))
    for batch in training.values():
        model(batch)
    mean, log_variance = torch.cat(seen).chunk(2, dim=2)
    code, standard = Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)
    (0.3 * kl_divergence(code, standard).sum() / (64 + 40)).backward()
    expected = {name: p.grad for name, p in model.sharing.named_parameters()}
    moved = moves(make_model(*training.values(), spec=spec), [training], training)
    for name, gradient in expected.items():
        assert gradient.any()
        torch.testing.assert_close(moved[f"sharing.{name}"], gradient, rtol=1e-3, atol=1e-6)


def test_a_step_forgets_the_gradient_before_it(unclipped, make_model, training):
    model, again = make_model(*training.values()), make_model(*training.values())
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    one, other = moves(model, [training], training), moves(again, [training], training)
    for name, change in one.items():
        assert torch.equal(change, other[name])
