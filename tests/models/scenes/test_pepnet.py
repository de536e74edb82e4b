import numpy as np
import pytest
import torch

from banian.models.scenes import EPNet, PPNet, SceneGate
from banian.models.towers import TowerLayer

DIM, WIDTH, SCENES, ROWS = 4, 6, 4, 8


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(z, 0)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1)).double()


@pytest.fixture
def scene() -> torch.Tensor:
    return torch.tensor([0, 1, 2, 3] * 2)


def alive(module):
    torch.manual_seed(2)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return module.double()


def factors_by_hand(gate: SceneGate, x: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """δ = γ·σ(x'·W' + b') with x' = ReLU([vₛ, x]·W + b) and γ = 2."""
    weights = {name: value.numpy() for name, value in gate.state_dict().items()}
    seen = np.concatenate([weights["scene.table.weight"][scene], x], axis=1)
    hidden = relu(seen @ weights["hidden.weight"].T + weights["hidden.bias"])
    return 2 * sigmoid(hidden @ weights["factors.weight"].T + weights["factors.bias"])


def test_the_input_is_scaled_by_the_gate_of_the_paper(x, scene):
    epnet = alive(EPNet(DIM, scenes=SCENES, gate_width=5))
    expected = x.numpy() * factors_by_hand(epnet.gate, x.numpy(), scene.numpy())
    assert np.abs(expected - x.numpy()).max() > 0.1
    np.testing.assert_allclose(epnet(x, scene).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_the_units_of_a_tower_are_scaled_by_the_gate_of_the_paper(x, scene):
    layer = TowerLayer(DIM, width=WIDTH, dropout=0.0)
    ppnet = alive(PPNet(layer, dim=DIM, scenes=SCENES, gate_width=5))
    weights = {name: value.numpy() for name, value in layer.hidden.state_dict().items()}
    hidden = relu(x.numpy() @ weights["weight"].T + weights["bias"])
    expected = hidden * factors_by_hand(ppnet.gate, x.numpy(), scene.numpy())
    np.testing.assert_allclose(ppnet(x, scene).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_factors_stay_between_nothing_and_twice(x, scene):
    factors = alive(SceneGate(DIM, scenes=SCENES, hidden=5, width=WIDTH))(x * 100, scene)
    assert 0 <= factors.min() < 0.1
    assert 1.9 < factors.max() <= 2


def test_what_is_gated_gets_no_gradient_through_its_gate(x, scene):
    """Only through the product: ∂(x·δ)/∂x = δ."""
    epnet = alive(EPNet(DIM, scenes=SCENES, gate_width=5))
    x.requires_grad_()
    epnet(x, scene).sum().backward()
    torch.testing.assert_close(x.grad, epnet.gate(x, scene), rtol=0, atol=1e-12)


def test_rows_without_a_scene_train_a_gate_of_their_own_and_nobody_that_of_an_unseen_scene(x):
    torch.manual_seed(0)
    gate = SceneGate(DIM, scenes=SCENES, hidden=5, width=WIDTH).double()
    torch.nn.init.normal_(gate.factors.weight)
    gate(x, torch.tensor([0, 2] * (ROWS // 2))).sum().backward()
    trained = gate.scene.table.weight.grad.any(dim=1)
    assert trained.tolist() == [True, False, True, False]
    assert not gate.scene.table.weight[1].any()
