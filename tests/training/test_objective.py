import pytest
import torch

from banian.spec import TrainSpec
from banian.training.objective import Objective, shared_parameters
from banian.training.running_counts import RunningCounts

_TABLES = ("table.weight", "special.weight")


def new_objective(model, training, *, steps=1.0, **options):
    counts = RunningCounts().add(model, training, steps=steps, distillation=0.5)
    return Objective(model, TrainSpec(embedding_l2=0.1), counts, **options)


def test_shared_are_the_dense_parameters_that_several_tasks_train(model):
    found = {id(parameter) for parameter in shared_parameters(model)}
    names = {name for name, parameter in model.named_parameters() if id(parameter) in found}
    others = {name for name, _ in model.named_parameters()} - names
    owned = {id(own) for task in model.tasks for own in model.task_parameters(task)}
    assert others == {
        name
        for name, parameter in model.named_parameters()
        if id(parameter) in owned or ".tables." in name or name.endswith(_TABLES)
    }
    assert all(name in others for name, _ in model.named_parameters() if name.startswith("towers."))
    assert any(name.startswith("sharing.") for name in names)


def test_parameters_that_are_frozen_are_not_shared(model):
    for parameter in model.sharing.parameters():
        parameter.requires_grad_(False)
    found = {id(parameter) for parameter in shared_parameters(model)}
    assert found
    assert found.isdisjoint(id(parameter) for parameter in model.sharing.parameters())


def test_the_share_of_a_part_is_its_labels_by_those_of_an_average_step(model, training):
    objective = new_objective(model, training, steps=4.0)
    assert objective.tasks == ("returned", "spend", "stays")
    assert objective.grain_of == {"stays": "customers", "spend": "customers", "returned": "orders"}
    drawn = training["customers"].rows(torch.arange(10))
    stays, spend = (drawn.mask.sum(dim=0) / training["customers"].mask.sum(dim=0)).tolist()
    assert objective.micro_batch({"customers": drawn}).share.tolist() == pytest.approx(
        [0, spend * 4, stays * 4]
    )


def test_a_task_can_be_differentiated_without_the_towers_of_others(model, training):
    """Its graph reaches no other tower, so that a Jacobian costs no more than it must."""
    objective = new_objective(model, training)
    lost = objective.micro_batch(training).lose(range(3))
    for at, task in enumerate(objective.tasks):
        others = [
            parameter
            for other in objective.tasks
            if other != task
            for parameter in model.tower(other).parameters()
        ]
        found = torch.autograd.grad(lost.values[at], others, retain_graph=True, allow_unused=True)
        assert all(gradient is None for gradient in found)


def test_only_grains_with_a_wanted_task_are_looked_at(model, training):
    objective = new_objective(model, training)
    lost = objective.micro_batch(training).lose([0])
    assert lost.values[0].requires_grad
    assert not lost.values[1].requires_grad
    assert not lost.values[2].requires_grad


def in_steps(training, steps):
    """Cut the rows of every grain into as many micro-batches."""
    parts = {
        grain: torch.arange(len(batch)).tensor_split(steps) for grain, batch in training.items()
    }
    return [
        {grain: training[grain].rows(parts[grain][at]) for grain in training} for at in range(steps)
    ]


def test_what_was_counted_step_by_step_divides_as_what_was_counted_at_once(model, training):
    counts = RunningCounts()
    for rows in in_steps(training, 4):
        counts = counts.add(model, rows, steps=1.0, distillation=0.5)
    at_once = RunningCounts().add(model, training, steps=4.0, distillation=0.5)
    assert (counts.steps, counts.rows, counts.grain_of) == (4.0, 104, at_once.grain_of)
    assert counts.labels == pytest.approx(at_once.labels)
    assert counts.rows_per_step == at_once.rows_per_step == 26
    found = [
        Objective(model, TrainSpec(), each).micro_batch(training).lose(range(3))
        for each in (counts, at_once)
    ]
    torch.testing.assert_close(found[0].values, found[1].values)


def test_losses_penalties_and_shares_are_divided_by_the_newest_counts(model, training):
    """As where rows arrive: twice as many rows in as many steps as so far."""
    objective = new_objective(model, training)
    micro_batch = objective.micro_batch(training)
    before = micro_batch.lose(range(3))
    again = {
        grain: batch.rows(torch.arange(len(batch)).repeat(3)) for grain, batch in training.items()
    }
    objective.counts = objective.counts.add(model, again, steps=1.0, distillation=0.5)
    after = micro_batch.lose(range(3))
    for one, other in zip(after.values, before.values, strict=True):
        torch.testing.assert_close(2 * one, other)
    torch.testing.assert_close(2 * after.penalty, before.penalty)
    assert before.penalty > 0
    assert micro_batch.share.tolist() == [1, 1, 1]
    assert objective.micro_batch(training).share.tolist() == [0.5, 0.5, 0.5]


def test_a_task_that_had_no_label_when_the_objective_was_built_is_left_out(model, training):
    batch = training["customers"]
    without = {"customers": batch.masked(batch.mask & (torch.tensor([True, False])))}
    objective = new_objective(model, without)
    assert objective.tasks == ("stays",)
    assert objective.micro_batch(training).share.shape == (1,)
    assert len(objective.micro_batch(training).lose([0]).values) == 1
