"""What every sharing architecture promises, whichever it is."""

import pytest
import torch

from banian.models.sharing import AbstractSharing, build_sharing
from banian.spec import MMoESpec, SharedBottomSpec

SPECS = [SharedBottomSpec(width=6), MMoESpec(width=6, experts=3)]
DIM, TASKS, ROWS = 5, 2, 4


@pytest.fixture(params=SPECS, ids=lambda spec: spec.kind)
def sharing(request: pytest.FixtureRequest) -> AbstractSharing:
    torch.manual_seed(0)
    return build_sharing(request.param, dim=DIM, tasks=TASKS, dropout=0.5).eval()


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def scene() -> torch.Tensor:
    return torch.tensor([0, 1, 2, 1])


def test_gives_one_representation_per_task(sharing, x, scene):
    assert sharing(x, scene).shape == (ROWS, TASKS, 6)


def test_rows_do_not_see_each_other(sharing, x, scene):
    before = sharing(x, scene)
    x[2:] = x[2:] * -7 + 3
    after = sharing(x, scene)
    torch.testing.assert_close(after[:2], before[:2])
    assert not torch.allclose(after[2:], before[2:])


def test_every_task_reaches_the_shared_parameters(sharing, x, scene):
    for task in range(TASKS):
        sharing.zero_grad()
        sharing(x, scene)[:, task].pow(2).sum().backward()
        assert any(p.grad is not None and p.grad.any() for p in sharing.parameters())


def test_all_parameters_are_used(sharing, x, scene):
    weights = torch.randn(ROWS, TASKS, 6, generator=torch.Generator().manual_seed(2))
    (sharing(x, scene) * weights).sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in sharing.parameters())


def test_dropout_acts_in_training_only(sharing, x, scene):
    assert torch.equal(sharing(x, scene), sharing(x, scene))
    sharing.train()
    assert not torch.equal(sharing(x, scene), sharing(x, scene))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_the_same_seed_builds_the_same_module(spec):
    def build(seed):
        torch.manual_seed(seed)
        module = build_sharing(spec, dim=DIM, tasks=TASKS, dropout=0.0)
        return torch.cat([parameter.flatten() for parameter in module.parameters()])

    assert torch.equal(build(3), build(3))
    assert not torch.equal(build(3), build(4))
