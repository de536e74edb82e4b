import numpy as np
import pytest
import torch

from banian.models.sharing import STEM

DIM, TASKS, SHARED, OWN, WIDTH, ROWS = 5, 3, 2, 2, 4, 6
NAMES = [f"task {at}" for at in range(TASKS)]


@pytest.fixture
def x() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(ROWS, (1 + TASKS) * DIM, generator=generator).double()


@pytest.fixture
def stem() -> STEM:
    torch.manual_seed(0)
    return STEM(
        DIM, tasks=NAMES, shared_experts=SHARED, task_experts=OWN, width=WIDTH, dropout=0.0
    ).double()


def test_every_task_mixes_the_experts_of_all(stem, x, weights_of):
    weights = weights_of(stem)

    def expert(path, group, at, vector):
        units = slice(at * WIDTH, (at + 1) * WIDTH)
        first = weights[f"{path}.first.weight"][group, units] @ vector
        hidden = np.maximum(first + weights[f"{path}.first.bias"][group, units], 0)
        which = group * OWN + at
        second = weights[f"{path}.second.weight"][which] @ hidden
        return np.maximum(second + weights[f"{path}.second.bias"][which], 0)

    expected = np.zeros((ROWS, TASKS, WIDTH))
    for row in range(ROWS):
        shared, *own = x[row].numpy().reshape(1 + TASKS, DIM)
        experts = [expert("task_experts", t, e, own[t]) for t in range(TASKS) for e in range(OWN)]
        experts += [expert("shared_experts", 0, e, shared) for e in range(SHARED)]
        for task in range(TASKS):
            score = weights["gates.weight"][task] @ (own[task] + shared)
            score = score + weights["gates.bias"][task]
            expected[row, task] = np.exp(score) / np.exp(score).sum() @ np.stack(experts)
    assert expected.any()
    np.testing.assert_allclose(stem(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_a_task_trains_its_own_view_and_the_shared_one_only(stem, x):
    for task in range(TASKS):
        free = x.clone().requires_grad_()
        stem(free)[:, task].pow(2).sum().backward()
        trained = free.grad.view(ROWS, 1 + TASKS, DIM).abs().sum(dim=(0, 2)) > 0
        assert trained.tolist() == [True, *(other == task for other in range(TASKS))]


def test_the_gradient_is_that_of_a_mixture_in_which_other_tasks_stand_still(stem, x):
    """Finite differences, with the experts of other tasks held at their values."""
    task, step = 1, 1e-6
    free = x.clone().requires_grad_()
    stem(free)[:, task].sum().backward()
    still = stem.task_experts(x.view(ROWS, 1 + TASKS, DIM)[:, 1:]).detach()
    own = (torch.arange(TASKS * OWN) // OWN == task).unsqueeze(1)
    stem.task_experts.register_forward_hook(lambda _, x, out: torch.where(own, out, still))
    for column in (0, DIM, 2 * DIM, 2 * DIM + 3, 3 * DIM):  # of every view
        moved = [x.clone(), x.clone()]
        moved[0][:, column] -= step
        moved[1][:, column] += step
        low, high = (stem(one)[:, task].sum(dim=1) for one in moved)
        torch.testing.assert_close(
            free.grad[:, column], (high - low) / (2 * step), rtol=1e-5, atol=1e-7
        )
