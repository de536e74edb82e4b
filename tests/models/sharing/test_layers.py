import numpy as np
import pytest
import torch
from torch import nn

from banian.models.sharing import EnsembleLinear, Linear, build_linear
from banian.models.sharing.layers import build_parameter, task_parameters

DIM, MAPS, WIDTH, MEMBERS, ROWS = 5, 2, 4, 3, 6
NAMES = ["a", "b.c", "keys"]


@pytest.mark.parametrize(
    ("own_inputs", "first"),
    [(True, True), (True, False), (False, True)],  # only a first layer sees one input with all maps
)
def test_each_member_scales_what_goes_in_and_out_of_the_same_weights(own_inputs, first, weights_of):
    """Equation 1 of TabM: s ⊙ W(r ⊙ x) + b, member by member."""
    torch.manual_seed(0)
    linear = EnsembleLinear(DIM, maps=MAPS, width=WIDTH, members=MEMBERS, first=first).double()
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.add_(torch.randn_like(parameter))
    weights = weights_of(linear)
    x = torch.randn(ROWS, MAPS, DIM).double() if own_inputs else torch.randn(ROWS, DIM).double()
    expected = np.zeros((ROWS, MAPS, WIDTH))
    for row in range(ROWS):
        member = row % MEMBERS
        for at in range(MAPS):
            seen = x[row, at].numpy() if own_inputs else x[row].numpy()
            if not first:
                seen = weights["scale_in"][at, member] * seen
            out = weights["scale_out"][at, member] * (weights["weight"][at] @ seen)
            expected[row, at] = out + weights["bias"][at, member]
    np.testing.assert_allclose(linear(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_scales_start_at_one_and_biases_equal(weights_of):
    weights = weights_of(EnsembleLinear(DIM, maps=MAPS, width=WIDTH, members=MEMBERS, first=False))
    assert (weights["scale_in"] == 1).all()
    assert (weights["scale_out"] == 1).all()
    assert (weights["bias"] == weights["bias"][:, :1]).all()
    assert len(np.unique(weights["bias"])) == MAPS * WIDTH


def test_a_single_member_is_the_plain_layer():
    linear = build_linear(DIM, maps=MAPS, width=WIDTH, members=1)
    assert isinstance(linear, Linear)
    assert {name for name, _ in linear.named_parameters()} == {"weight.value", "bias.value"}


@pytest.mark.parametrize("maps", [1, 2])
def test_a_plain_layer_starts_as_that_of_torch(maps):
    torch.manual_seed(0)
    ours = Linear(400, maps=maps, width=300)
    theirs = torch.nn.Linear(400, 300)
    for mine, other in ((ours.weight(), theirs.weight), (ours.bias(), theirs.bias)):
        assert mine.std().item() == pytest.approx(other.std().item(), rel=0.1)
        assert mine.abs().max().item() == pytest.approx(other.abs().max().item(), rel=0.05)


def test_a_single_map_may_be_used_for_several_inputs():
    linear = Linear(DIM, maps=1, width=WIDTH)
    x = torch.randn(ROWS, 3, DIM)
    for at in range(3):
        torch.testing.assert_close(linear(x)[:, at], linear(x[:, at])[:, 0])


def test_a_tensor_reads_the_same_whoever_trains_it():
    values = torch.arange(12.0).view(6, 2)
    assert torch.equal(build_parameter(values, tasks=None)(), values)
    assert torch.equal(build_parameter(values, tasks=NAMES)(), values)


def test_tasks_own_equal_parts_of_the_first_axis():
    module = nn.ModuleDict(
        {
            "own": build_parameter(torch.arange(6.0), tasks=NAMES),
            "shared": build_parameter(torch.ones(4), tasks=None),
        }
    )
    assert [own.tolist() for own in task_parameters(module, "b.c")] == [[2.0, 3.0]]


def test_parts_that_others_train_too_are_named_by_their_task_but_not_owned():
    tensor = build_parameter(torch.arange(6.0), tasks=NAMES, owned=False)
    assert task_parameters(tensor, "b.c") == []
    assert tensor.by_task["of_b%2Ec"].tolist() == [2.0, 3.0]
    linear = build_linear(DIM, maps=3, width=WIDTH, members=1, tasks=NAMES, owned=False)
    assert not linear.is_owned
    assert build_linear(DIM, maps=3, width=WIDTH, members=1, tasks=NAMES).is_owned


def test_a_task_trains_its_part_alone():
    tensor = build_parameter(torch.ones(4, 2), tasks=NAMES[:2])
    tensor()[2:].sum().backward()
    first, second = tensor.by_task.values()
    assert not first.grad.any()
    assert second.grad.all()


def test_a_parameter_is_named_by_its_task_whatever_others_there_are():
    few, many = (build_parameter(torch.ones(6), tasks=tasks) for tasks in (["keys"], NAMES))
    assert list(few.state_dict()) == ["by_task.of_keys"]
    assert list(many.state_dict()) == ["by_task.of_a", "by_task.of_b%2Ec", "by_task.of_keys"]
