import numpy as np
import pytest
import torch

from banian.models.module_key import module_key
from banian.models.sharing import MMoE

DIM, TASKS, EXPERTS, WIDTH, ROWS = 5, 3, 4, 6, 7
NAMES = [f"task {at}" for at in range(TASKS)]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1)).double()


def build(experts: int) -> MMoE:
    torch.manual_seed(0)
    return MMoE(DIM, tasks=NAMES, experts=experts, width=WIDTH, dropout=0.0).double()


def test_is_the_sum_of_experts_weighted_by_a_softmax_gate(x, weights_of):
    """Equations 6 and 7 of the paper, row by row, task by task, expert by expert."""
    mmoe = build(EXPERTS)
    weights = weights_of(mmoe)
    expected = np.zeros((ROWS, TASKS, WIDTH))
    for row in range(ROWS):
        for task in range(TASKS):
            score = weights["gates.weight"][task] @ x[row].numpy() + weights["gates.bias"][task]
            gate = np.exp(score) / np.exp(score).sum()
            for expert in range(EXPERTS):
                units = slice(expert * WIDTH, (expert + 1) * WIDTH)
                first = weights["experts.first.weight"][0, units] @ x[row].numpy()
                hidden = np.maximum(first + weights["experts.first.bias"][0, units], 0)
                second = weights["experts.second.weight"][expert] @ hidden
                out = np.maximum(second + weights["experts.second.bias"][expert], 0)
                expected[row, task] += gate[expert] * out
    assert expected.any()
    np.testing.assert_allclose(mmoe(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_a_single_expert_is_seen_unchanged_by_every_task(x):
    mmoe = build(experts=1)
    expert = mmoe.experts(x)[:, 0]
    assert expert.any()
    for task in range(TASKS):
        torch.testing.assert_close(mmoe(x)[:, task], expert)


def test_a_gate_that_is_sure_shows_its_expert_alone(x):
    mmoe = build(EXPERTS)
    with torch.no_grad():
        mmoe.gates.bias.by_task[module_key(NAMES[1])][0, 2] += (
            1000  # the second task is sure of the third expert
        )
    torch.testing.assert_close(mmoe(x)[:, 1], mmoe.experts(x)[:, 2])
    assert not torch.allclose(mmoe(x)[:, 0], mmoe.experts(x)[:, 2])
