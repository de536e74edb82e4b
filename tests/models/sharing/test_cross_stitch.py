import numpy as np
import pytest
import torch

from banian.models.module_key import module_key
from banian.models.sharing import CrossStitch

DIM, TASKS, WIDTH, ROWS = 5, 3, 4, 6
NAMES = [f"task {at}" for at in range(10)]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1)).double()


def build(tasks: int = TASKS, layers: int = 2) -> CrossStitch:
    torch.manual_seed(0)
    return CrossStitch(DIM, tasks=NAMES[:tasks], layers=layers, width=WIDTH, dropout=0.0).double()


@pytest.mark.parametrize("layers", [1, 3])
def test_stitches_by_the_equation(layers, x, weights_of):
    """Equation 1 with as many tasks as there are, after every layer: x̃_t = Σ_s α_ts x_s."""
    sharing = build(layers=layers)
    with torch.no_grad():
        for part in sharing.stitch.parameters():
            part.add_(torch.randn_like(part) / 3)
    weights = weights_of(sharing)
    expected = np.zeros((ROWS, TASKS, WIDTH))
    for row in range(ROWS):
        units = [x[row].numpy()] * TASKS
        for layer in range(layers):
            weight, bias = (weights[f"networks.{layer}.{kind}"] for kind in ("weight", "bias"))
            units = [np.maximum(weight[t] @ units[t] + bias[t], 0) for t in range(TASKS)]
            alpha = weights[f"stitch.{layer}"]
            units = [sum(alpha[t, s] * units[s] for s in range(TASKS)) for t in range(TASKS)]
        expected[row] = units
    assert (expected != 0).any(axis=(0, 2)).all()
    np.testing.assert_allclose(sharing(x).detach().numpy(), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("tasks", [1, 2, 10])
def test_starts_near_the_identity_with_rows_that_sum_to_one(tasks):
    for stitch in build(tasks).stitch:
        alpha = stitch().detach()
        torch.testing.assert_close(alpha.sum(dim=1), torch.ones(tasks).double())
        assert (alpha.diagonal() >= 0.9 - 1e-6).all()
        assert (alpha >= 0).all()


def test_without_stitches_every_task_is_alone(x):
    sharing = build()
    with torch.no_grad():
        for stitch in sharing.stitch:
            for task, row in enumerate(stitch.by_task.values()):
                row.copy_(torch.eye(TASKS)[task : task + 1])
    before = sharing(x)
    with torch.no_grad():
        sharing.networks[0].weight.by_task[module_key(NAMES[2])] += 1
    after = sharing(x)
    assert torch.equal(after[:, :2], before[:, :2])
    assert not torch.allclose(after[:, 2], before[:, 2])
