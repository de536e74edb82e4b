import numpy as np
import pytest
import torch

from banian.models.module_key import module_key
from banian.models.sharing import PLE, MMoE

DIM, TASKS, WIDTH, ROWS = 5, 3, 4, 6
NAMES = [f"task {at}" for at in range(TASKS)]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1)).double()


def softmax(score: np.ndarray) -> np.ndarray:
    return np.exp(score) / np.exp(score).sum()


def expert_of(weights, path, group, expert, x):
    """One expert: two rectified layers; the first layers of a group stand below each other."""
    units = slice(expert * WIDTH, (expert + 1) * WIDTH)
    per_group = weights[f"{path}.first.weight"].shape[1] // WIDTH
    first = weights[f"{path}.first.weight"][group, units] @ x
    hidden = np.maximum(first + weights[f"{path}.first.bias"][group, units], 0)
    at = group * per_group + expert
    second = weights[f"{path}.second.weight"][at] @ hidden
    return np.maximum(second + weights[f"{path}.second.bias"][at], 0)


def linear(weights, path, at, x):
    return weights[f"{path}.weight"][at] @ x + weights[f"{path}.bias"][at]


def by_the_paper(weights, x, *, layers, shared_experts, task_experts):
    """Equations 1 to 3 and 5 to 7, for one row."""
    shared, own = x, [x] * TASKS
    for layer in range(layers):
        here = f"layers.{layer}"
        common = [
            expert_of(weights, f"{here}.shared_experts", 0, e, shared)
            for e in range(shared_experts)
        ]
        of_task = [
            [expert_of(weights, f"{here}.task_experts", t, e, own[t]) for e in range(task_experts)]
            for t in range(TASKS)
        ]
        mixed = []
        for task in range(TASKS):
            gate = softmax(linear(weights, f"{here}.gates", task, own[task]))
            selected = np.stack(of_task[task] + common)  # S^k
            mixed.append(gate @ selected)
        if layer < layers - 1:
            gate = softmax(linear(weights, f"shared_gates.{layer}", 0, shared))
            everything = np.stack([e for experts in of_task for e in experts] + common)
            shared = gate @ everything
        own = mixed
    return np.stack(own)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_extracts_by_the_equations(layers, x, weights_of):
    torch.manual_seed(0)
    shape = {"layers": layers, "shared_experts": 2, "task_experts": 3}
    ple = PLE(DIM, tasks=NAMES, width=WIDTH, dropout=0.0, **shape).double()
    weights = weights_of(ple)
    expected = np.stack([by_the_paper(weights, row, **shape) for row in x.numpy()])
    assert (expected > 0).any(axis=(0, 2)).all()
    np.testing.assert_allclose(ple(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_one_layer_without_task_experts_is_mmoe(x):
    torch.manual_seed(0)
    mmoe = MMoE(DIM, tasks=NAMES, experts=4, width=WIDTH, dropout=0.0).double()
    ple = PLE(
        DIM, tasks=NAMES, layers=1, shared_experts=4, task_experts=0, width=WIDTH, dropout=0.0
    ).double()
    renamed = {
        f"layers.0.{'shared_' if name.startswith('experts') else ''}{name}": value
        for name, value in mmoe.state_dict().items()
    }
    ple.load_state_dict(renamed)
    torch.testing.assert_close(ple(x), mmoe(x), rtol=0, atol=1e-14)


def test_a_task_that_trusts_its_own_expert_is_alone(x):
    """With gates that are sure of the task's own experts, no other task's weights matter."""
    torch.manual_seed(0)
    ple = PLE(
        DIM, tasks=NAMES, layers=2, shared_experts=1, task_experts=1, width=WIDTH, dropout=0.0
    ).double()
    with torch.no_grad():
        for layer in ple.layers:
            for bias in layer.gates.bias.by_task.values():
                bias[0, 0] += 1000
    before = ple(x)
    with torch.no_grad():
        ple.layers[0].task_experts.first.weight.by_task[module_key(NAMES[1])] += 1
        ple.layers[0].shared_experts.first.weight.value += 1
    after = ple(x)
    torch.testing.assert_close(after[:, [0, 2]], before[:, [0, 2]])
    assert not torch.allclose(after[:, 1], before[:, 1])
