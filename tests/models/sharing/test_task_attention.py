import numpy as np
import pytest
import torch

from banian.models.sharing import TaskAttention

DIM, TASKS, WIDTH, ROWS = 5, 3, 4, 6
NAMES = [f"task {at}" for at in range(TASKS)]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1)).double()


def build(blocks: int) -> TaskAttention:
    torch.manual_seed(0)
    return TaskAttention(DIM, tasks=NAMES, blocks=blocks, width=WIDTH, dropout=0.0).double()


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_attends_by_the_equations(blocks, x, weights_of):
    """Equations 1 and 2: the mask of the first block sees u alone, later ones also what came before."""
    sharing = build(blocks)
    weights = weights_of(sharing)

    def linear(path, at, vector):
        return weights[f"{path}.weight"][at] @ vector + weights[f"{path}.bias"][at]

    expected = np.zeros((ROWS, TASKS, WIDTH))
    for row in range(ROWS):
        shared, seen = x[row].numpy(), [np.zeros(0)] * TASKS
        for block in range(blocks):
            here = f"blocks.{block}"
            u = np.maximum(linear(f"{here}.inner", 0, shared), 0)
            p = np.maximum(linear(f"{here}.outer", 0, u), 0)
            for task in range(TASKS):
                f = np.maximum(linear(f"{here}.feature", 0, seen[task]), 0) if block else seen[task]
                g = np.maximum(linear(f"{here}.squeeze", task, np.concatenate([u, f])), 0)
                mask = 1 / (1 + np.exp(-linear(f"{here}.mask", task, g)))
                seen[task] = mask * p
            shared = p
        expected[row] = seen
    assert (expected > 0).any(axis=(0, 2)).all()
    np.testing.assert_allclose(sharing(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_with_open_masks_every_task_sees_the_shared_network(x):
    sharing = build(2)
    with torch.no_grad():
        for bias in sharing.blocks[-1].mask.bias.by_task.values():
            bias += 1000
    out = sharing(x)
    shared = x
    for block in sharing.blocks:
        shared = block.outer(block.inner(shared).relu()).relu()
    assert shared.any()
    for task in range(TASKS):
        torch.testing.assert_close(out[:, task], shared[:, 0])
