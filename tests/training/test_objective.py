import pytest
import torch

from banian.spec import TrainSpec
from banian.training.objective import Objective, shared_parameters

_TABLES = ("table.weight", "special.weight")


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
    objective = Objective(model, TrainSpec(), training, steps=4.0)
    assert objective.tasks == ("returned", "spend", "stays")
    assert objective.grain_of == {"stays": "customers", "spend": "customers", "returned": "orders"}
    drawn = training["customers"].rows(torch.arange(10))
    stays, spend = (drawn.mask.sum(dim=0) / training["customers"].mask.sum(dim=0)).tolist()
    assert objective.micro_batch({"customers": drawn}).share.tolist() == pytest.approx(
        [0, spend * 4, stays * 4]
    )


def test_a_task_can_be_differentiated_without_the_towers_of_others(model, training):
    """Its graph reaches no other tower, so that a Jacobian costs no more than it must."""
    objective = Objective(model, TrainSpec(), training, steps=1.0)
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
    objective = Objective(model, TrainSpec(), training, steps=1.0)
    lost = objective.micro_batch(training).lose([0])
    assert lost.values[0].requires_grad
    assert not lost.values[1].requires_grad
    assert not lost.values[2].requires_grad
