from itertools import pairwise

import pytest
import torch

from banian.spec import CrossStitchSpec, ModelSpec, PLESpec, TrainSpec
from banian.training.optimizer import build_optimizer

SPEC = TrainSpec(learning_rate=0.1, weight_decay=0.5)


def test_matrices_decay_and_embeddings_and_biases_do_not(model):
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    optimizer, _ = build_optimizer(model, SPEC, steps=1)
    optimizer.step()
    shrunk = {name for name, value in model.named_parameters() if (value < 1).all()}
    kept = {name for name, value in model.named_parameters() if (value == 1).all()}
    assert shrunk | kept == {name for name, _ in model.named_parameters()}
    additive = {"bias", "absent"}
    assert {name for name in kept if additive.isdisjoint(name.split("."))} == {
        name
        for name, _ in model.named_parameters()
        if name.endswith(("table.weight", "special.weight"))
    }
    assert all(additive.isdisjoint(name.split(".")) for name in shrunk)
    by_shape = {name: model.get_parameter(name).ndim for name in shrunk}
    assert by_shape["sharing.experts.second.weight.value"] == 3
    assert by_shape["entities.encoders.of_orders.fields.embeddings.0.weight"] == 3
    assert by_shape["towers.of_spend.head.weight"] == 2


@pytest.mark.parametrize("sharing", [CrossStitchSpec(members=3), PLESpec(members=2)])
def test_scales_of_members_and_stitches_do_not_decay(sharing, make_model):
    model = make_model(spec=ModelSpec(sharing=sharing))
    decaying, _ = build_optimizer(model, SPEC, steps=1)[0].param_groups
    shrinking = {id(parameter) for parameter in decaying["params"]}
    spared = {"scale", "scale_in", "scale_out", "stitch", "bias"}
    inside = [
        (name.split("."), id(parameter) in shrinking)
        for name, parameter in model.named_parameters()
        if name.startswith(("sharing.", "spread."))
    ]
    assert {path[0] for path, _ in inside} == {"sharing", "spread"}
    assert all(decays == spared.isdisjoint(path) for path, decays in inside)
    assert {decays for _, decays in inside} == {True, False}


def rates(model, steps: int, taken: int) -> list[float]:
    optimizer, decay = build_optimizer(model, SPEC, steps)
    found = []
    for _ in range(taken):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        decay.step()
    return found


def test_the_step_size_rises_to_its_peak_and_falls_to_a_twentieth(model):
    found = rates(model, 100, 120)
    assert found[:5] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.1])
    assert max(found) == pytest.approx(0.1)
    falling = found[5:101]
    assert all(one > other for one, other in pairwise(falling))
    assert found[100:] == pytest.approx([0.005] * 20)


def test_half_way_down_the_cosine_the_step_size_is_the_mean_of_both_ends(model):
    found = rates(model, 45, 25)  # two steps rise
    assert found[2 + 21] > (0.1 + 0.005) / 2 > found[2 + 22]


@pytest.mark.parametrize("steps", [1, 2, 19])
def test_the_shortest_schedules_start_at_the_peak(model, steps):
    assert rates(model, steps, 2) == pytest.approx([0.1, 0.1])
