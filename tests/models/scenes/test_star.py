import numpy as np
import pytest
import torch

from banian.models.scenes import STAR, SceneLayer, build_tower_layer
from banian.models.towers import BinaryTower, TowerLayer
from banian.spec import STARSpec

DIM, WIDTH, SCENES, ROWS = 5, 4, 5, 10


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1)).double()


@pytest.fixture
def scene() -> torch.Tensor:
    return torch.tensor([0, 1, 2, 3, 4] * 2)


def build(spec: STARSpec) -> STAR:
    torch.manual_seed(0)
    star = build_tower_layer(spec, dim=DIM, width=WIDTH, dropout=0.0, scenes=SCENES).double()
    for parameter in star.parameters():
        torch.nn.init.normal_(parameter, std=0.8)
    return star


def own_weights(layer: SceneLayer, scene: int) -> np.ndarray:
    """Wₛ of the paper, in full."""
    weights = {name: value.numpy() for name, value in layer.own_weights.state_dict().items()}
    if "own" in weights:
        return 1 + weights["own"][scene - 2]
    own = np.ones((DIM, WIDTH))
    for a, b in zip(weights["inputs"][scene - 2], weights["outputs"][scene - 2], strict=True):
        own += np.outer(a, b)
    return own


@pytest.mark.parametrize("rank", [None, 1, 3])
def test_weights_are_the_shared_ones_times_the_scenes_own_and_biases_their_sum(x, scene, rank):
    """out = φ((Wₛ ⊙ W)ᵀ in + bₛ + b), row by row; unknown scenes have only what is shared."""
    star = build(STARSpec(rank=rank))
    shared = star.layer.hidden.weight.detach().numpy().T
    for row, code in enumerate(scene.tolist()):
        weight, bias = shared, star.layer.hidden.bias.detach().numpy()
        if code >= 2:
            weight = own_weights(star.layer, code) * shared
            bias = bias + star.layer.own_bias.weight[code - 2].detach().numpy()
        expected = np.maximum(x[row].numpy() @ weight + bias, 0)
        found = star(x, scene)[row, :WIDTH].detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_auxiliary_network_adds_to_the_logit(x, scene):
    """σ(s_m + s_a): the head's part on the units of the auxiliary network is its last layer."""
    star = build(STARSpec())
    tower = BinaryTower(star).double()
    tables = star.scene.table.weight.detach().numpy()
    seen = np.concatenate([tables[scene.numpy()], x.numpy()], axis=1)
    weights = {name: value.numpy() for name, value in star.auxiliary.state_dict().items()}
    hidden = np.maximum(seen @ weights["weight"].T + weights["bias"], 0)
    head = tower.head.weight.detach().numpy()
    main = star.layer(x, scene).detach().numpy() @ head[:, :WIDTH].T
    added = hidden @ head[:, WIDTH:].T
    assert np.abs(added).max() > 0.1
    expected = main + tower.head.bias.detach().numpy() + added
    np.testing.assert_allclose(tower(x, scene).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_with_scene_weights_at_one_it_is_the_plain_tower(x, scene):
    torch.manual_seed(0)
    star = build_tower_layer(STARSpec(), dim=DIM, width=WIDTH, dropout=0.0, scenes=SCENES)
    scened = BinaryTower(star)
    plain = BinaryTower(TowerLayer(DIM, width=WIDTH, dropout=0.0))
    plain.layer.hidden.load_state_dict(star.layer.hidden.state_dict())
    with torch.no_grad():
        plain.head.weight.copy_(scened.head.weight[:, :WIDTH])
        plain.head.bias.copy_(scened.head.bias)
        scened.head.weight[:, WIDTH:] = 0  # the auxiliary network says nothing
    torch.testing.assert_close(
        scened.double()(x, scene), plain.double()(x, scene), rtol=0, atol=1e-15
    )


def test_ranks_part_as_they_learn(x, scene):
    """Two ranks that moved together would be one."""
    torch.manual_seed(0)
    star = build_tower_layer(STARSpec(rank=2), dim=DIM, width=WIDTH, dropout=0.0, scenes=SCENES)
    star.double()(x, scene)[:, :WIDTH].square().sum().backward()
    first, second = star.layer.own_weights.outputs.grad.unbind(1)
    assert not torch.allclose(first, second)
