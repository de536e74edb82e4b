import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.models.scenes import AddedFactors, AddedWeights, SceneLayer, build_tower_layer
from banian.models.scenes.product import add_in_known_scenes, product_by_scene
from banian.spec import SceneTowersSpec

DIM, WIDTH, SCENES, ROWS = 5, 4, 5, 10


@settings(max_examples=40, deadline=None, derandomize=True)
@given(codes=st.lists(st.integers(0, 6), max_size=12))
def test_every_row_is_multiplied_by_the_matrix_of_its_scene(codes):
    generator = torch.Generator().manual_seed(len(codes))
    scene = torch.tensor(codes, dtype=torch.long)
    x = torch.randn(len(codes), DIM, generator=generator, dtype=torch.float64)
    matrices = torch.randn(5, DIM, WIDTH, generator=generator, dtype=torch.float64)
    total = torch.randn(len(codes), WIDTH, generator=generator, dtype=torch.float64)

    def addition(rows, known):
        return product_by_scene(
            rows, known, lambda present: matrices[present], known=len(matrices), width=WIDTH
        )

    found = add_in_known_scenes(total, x, scene, addition).numpy()
    for row, code in enumerate(codes):
        own = x[row].numpy() @ matrices[code - 2].numpy() if code >= 2 else 0
        np.testing.assert_allclose(found[row], total[row].numpy() + own, rtol=0, atol=1e-12)


def test_only_the_matrices_of_scenes_that_are_there_are_asked_for():
    asked = []

    def matrices(present):
        asked.extend(present.tolist())
        return torch.ones(len(present), DIM, WIDTH)

    product_by_scene(
        torch.ones(4, DIM), torch.tensor([7, 3, 7, 299]), matrices, known=300, width=WIDTH
    )
    assert asked == [3, 7, 299]


@pytest.mark.parametrize("rank", [None, 1, 3])
def test_every_scene_has_a_layer_of_its_own_that_is_the_shared_one_plus_something(rank):
    torch.manual_seed(0)
    spec = SceneTowersSpec(rank=rank)
    layer = build_tower_layer(spec, dim=DIM, width=WIDTH, dropout=0.0, scenes=SCENES).double()
    assert isinstance(layer, SceneLayer)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    x, scene = torch.randn(ROWS, DIM).double(), torch.tensor([0, 1, 2, 3, 4] * 2)
    found = layer(x, scene).detach().numpy()
    for row, code in enumerate(scene.tolist()):
        weight, bias = layer.hidden.weight.detach().numpy().T, layer.hidden.bias.detach().numpy()
        if code >= 2:
            match layer.own_weights:
                case AddedWeights(own=own):
                    weight = weight + own[code - 2].detach().numpy()
                case AddedFactors(down=down, up=up):
                    weight = weight + (down[code - 2] @ up[code - 2]).detach().numpy()
            bias = bias + layer.own_bias.weight[code - 2].detach().numpy()
        expected = np.maximum(x[row].numpy() @ weight + bias, 0)
        np.testing.assert_allclose(found[row], expected, rtol=0, atol=1e-12)


def test_the_rows_of_every_scene_train_what_rows_of_unseen_scenes_see():
    torch.manual_seed(0)
    layer = build_tower_layer(SceneTowersSpec(), dim=DIM, width=WIDTH, dropout=0.0, scenes=SCENES)
    layer(torch.randn(ROWS, DIM), torch.full((ROWS,), 4)).sum().backward()
    assert layer.hidden.weight.grad.any()
    assert layer.hidden.bias.grad.any()
