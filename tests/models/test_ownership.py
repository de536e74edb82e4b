import torch
from torch import nn

from banian.models.ownership import hold, own_parameters


def test_a_tensor_reads_the_same_whoever_trains_it():
    values = torch.arange(12.0).view(6, 2)
    assert torch.equal(hold(values, tasks=None)(), values)
    assert torch.equal(hold(values, tasks=3)(), values)


def test_tasks_own_equal_parts_of_the_first_axis():
    module = nn.ModuleDict(
        {"own": hold(torch.arange(6.0), tasks=3), "shared": hold(torch.ones(4), tasks=None)}
    )
    assert [own.tolist() for own in own_parameters(module, 1)] == [[2.0, 3.0]]


def test_a_task_trains_its_part_alone():
    tensor = hold(torch.ones(4, 2), tasks=2)
    tensor()[2:].sum().backward()
    first, second = tensor.of_task
    assert not first.grad.any()
    assert second.grad.all()
