"""What scenes promise, whatever they do: as the input of the sharing and as the layer of a tower."""

import pytest
import torch

from banian.models.scenes import build_scene_input, build_tower_layer
from banian.models.towers import AbstractTowerLayer, TowerLayer
from banian.spec import NoScenesSpec, PEPNetSpec, SceneTowersSpec, STARSpec

SPECS = [
    NoScenesSpec(),
    PEPNetSpec(gate_width=5),
    STARSpec(),
    STARSpec(rank=2),
    SceneTowersSpec(),
    SceneTowersSpec(rank=2),
]
DIM, WIDTH, SCENES, ROWS = 4, 6, 6, 12
NEVER_MET = 5
"""A scene with a code of its own, but no row."""


def named(spec):
    return "-".join(str(part) for part in spec.model_dump().values() if part is not None)


each_spec = pytest.mark.parametrize("spec", SPECS, ids=named)
each_scened = pytest.mark.parametrize("spec", SPECS[1:], ids=named)
each_owned = pytest.mark.parametrize("spec", SPECS[2:], ids=named)


def build_layer(spec, *, dropout=0.0, scenes=SCENES, seed=0) -> AbstractTowerLayer:
    torch.manual_seed(seed)
    layer = build_tower_layer(spec, dim=DIM, width=WIDTH, dropout=dropout, scenes=scenes)
    return layer.double()


def build_input(spec, *, scenes=SCENES, seed=0):
    torch.manual_seed(seed)
    return build_scene_input(spec, dim=DIM, scenes=scenes).double()


def build_both(spec, **options):
    return [build_input(spec, **options), build_layer(spec, **options)]


def alive(module):
    """Away from the start, where scenes are neutral."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator).double() * 0.5)
    return module


def draw() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return x, torch.tensor([0, 1, 2, 3, 4] * 3)[:ROWS]


def plain_part(layer: AbstractTowerLayer) -> torch.Tensor:
    """What the same layer makes of the rows where no scene acts."""
    linear = next(m for name, m in layer.named_modules() if name.split(".")[-1] == "hidden")
    plain = TowerLayer(DIM, width=WIDTH, dropout=0.0).double()
    plain.hidden.load_state_dict(linear.state_dict())
    return plain(*draw())


@each_spec
def test_the_layer_is_as_wide_as_it_says_and_the_input_stays_as_wide(spec):
    x, scene = draw()
    layer = build_layer(spec)
    assert layer(x, scene).shape == (ROWS, layer.width)
    assert layer.width >= WIDTH
    assert build_input(spec)(x, scene).shape == (ROWS, DIM)


@each_spec
def test_at_the_start_it_is_the_plain_model_bit_by_bit(spec):
    """Gates at 1, own weights at one, own layers at nothing; the auxiliary units come on top."""
    x, scene = draw()
    layer = build_layer(spec)
    assert torch.equal(layer(x, scene)[:, :WIDTH], plain_part(layer))
    assert torch.equal(build_input(spec)(x, scene), x)


@each_scened
def test_scenes_matter_as_soon_as_they_have_learned(spec):
    x, scene = draw()
    layer = alive(build_layer(spec))
    here, elsewhere = (layer(x, torch.full_like(scene, code)) for code in (2, 3))
    assert not torch.allclose(here[:, :WIDTH], elsewhere[:, :WIDTH])


@each_spec
def test_rows_do_not_see_each_other_nor_the_scenes_of_others(spec):
    x, scene = draw()
    for module in map(alive, build_both(spec)):
        before = module(x, scene)
        changed = torch.cat([x[:5], x[5:] * -7 + 3])
        for others in (scene[5:].flip(0), torch.full_like(scene[5:], 4), torch.zeros(7).long()):
            after = module(changed, torch.cat([scene[:5], others]))
            torch.testing.assert_close(after[:5], before[:5], rtol=0, atol=1e-12)
        order = torch.randperm(ROWS, generator=torch.Generator().manual_seed(4))
        torch.testing.assert_close(
            module(x[order], scene[order]), before[order], rtol=0, atol=1e-12
        )


@each_spec
@pytest.mark.parametrize("codes", [[2], [0], [1], [0, 1]])
def test_a_batch_may_hold_a_single_scene_or_none_that_is_known(spec, codes):
    x, _ = draw()
    only = torch.tensor(codes).repeat(ROWS)[:ROWS]
    for module in map(alive, build_both(spec)):
        seen = x.clone().requires_grad_()
        out = module(seen, only)
        out.sum().backward()
        assert out.isfinite().all()
        assert seen.grad.isfinite().all()
        assert len(module(x[:0], only[:0])) == 0


@each_spec
def test_a_shop_may_have_no_scenes_at_all(spec):
    """Then codes are 0 and 1 only."""
    x, scene = draw()
    for module in map(alive, build_both(spec, scenes=2)):
        assert module(x, scene.clamp(max=1)).isfinite().all()


@each_owned
def test_what_all_scenes_share_acts_where_the_scene_is_absent_or_unseen(spec):
    x, scene = draw()
    layer = alive(build_layer(spec))
    unknown = scene < 2
    found = layer(x, scene)[unknown, :WIDTH]
    torch.testing.assert_close(found, plain_part(layer)[unknown], rtol=0, atol=1e-12)


@each_owned
def test_a_scene_that_training_never_met_stays_neutral(spec):
    """Whatever the others have learned, its own weights do nothing."""
    x, scene = draw()
    scene = scene.clamp(min=2)
    layer = build_layer(spec)
    head = torch.nn.Linear(layer.width, 1).double()
    optimizer = torch.optim.AdamW([*layer.parameters(), *head.parameters()], lr=0.1)
    label = torch.sin(3 * x.sum(1) * scene)
    for _ in range(20):
        optimizer.zero_grad()
        (head(layer(x, scene))[:, 0] - label).square().mean().backward()
        optimizer.step()
    found = layer(x, torch.full_like(scene, NEVER_MET))[:, :WIDTH]
    torch.testing.assert_close(found, plain_part(layer), rtol=0, atol=1e-12)
    assert not torch.allclose(layer(x, scene)[:, :WIDTH], found)


@each_scened
def test_a_row_trains_no_scene_but_its_own(spec):
    x, _ = draw()
    layer = alive(build_layer(spec))
    layer(x, torch.full((ROWS,), 3)).square().sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None
        if "own" in name or "scene.table" in name:
            codes = 0 if "scene.table" in name else 2  # own weights begin with the first known one
            reached = parameter.grad.flatten(1).any(dim=1).nonzero().flatten() + codes
            assert reached.tolist() == [3]


@each_spec
def test_dropout_acts_in_training_only(spec):
    x, scene = draw()
    layer = build_layer(spec, dropout=0.5).eval()
    assert torch.equal(layer(x, scene), layer(x, scene))
    layer.train()
    assert not torch.equal(layer(x, scene), layer(x, scene))


@each_spec
def test_the_same_seed_builds_the_same_module(spec):
    def weights(seed):
        both = build_both(spec, seed=seed)
        return torch.cat([p.flatten() for module in both for p in module.parameters()])

    assert torch.equal(weights(3), weights(3))
    assert not torch.equal(weights(3), weights(4))


@each_spec
def test_three_hundred_scenes_with_a_row_or_none_each(spec):
    generator = torch.Generator().manual_seed(5)
    scene = torch.randint(0, 302, (64,), generator=generator)
    x = torch.randn(64, DIM, generator=generator, dtype=torch.float64)
    layer = alive(build_layer(spec, scenes=302))
    out = layer(x, scene)
    one_by_one = torch.cat([layer(x[i : i + 1], scene[i : i + 1]) for i in range(64)])
    torch.testing.assert_close(out, one_by_one, rtol=0, atol=1e-12)
