"""Rows that weigh are rows that stand there so often, to every tower."""

import numpy as np
import pytest
import torch
from test_contract import SPECS, build, draw, named

from banian.models.towers import TowerSpec


def fitted(spec: TowerSpec, parts, weight=None):
    tower = build(spec)
    tower.fit_prior(*parts, None, weight)
    return tower


def state_of(tower):
    names = ("unit", "offset", "constant", "head.bias", "bias", "spread", "least", "shape")
    return {name: part for name, part in tower.state_dict().items() if name in names}


@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_weight_two_is_the_row_twice_and_weight_zero_none(spec):
    label, level = draw(spec)
    times = torch.arange(len(label)) % 3
    times[:5] = 1
    weighed = fitted(spec, (label[times > 0], level[times > 0]), times[times > 0] * 0.3)
    repeated = fitted(spec, (label.repeat_interleave(times, 0), level.repeat_interleave(times)))
    for name in ("bounds", "least"):  # what is believed is asked of rows, not of weights
        if name in repeated.state_dict():
            getattr(repeated, name).copy_(getattr(weighed, name))
    plain = fitted(spec, (label[times > 0], level[times > 0]))
    ours, theirs, unweighed = map(state_of, (weighed, repeated, plain))
    assert ours.keys() == theirs.keys()
    for name, part in ours.items():
        torch.testing.assert_close(part, theirs[name], rtol=1e-5, atol=1e-6)
    assert any(not torch.equal(part, unweighed[name]) for name, part in ours.items())


@pytest.mark.parametrize("spec", [SPECS[0], SPECS[3], SPECS[8]], ids=named)
def test_equal_weights_change_nothing(spec):
    parts = draw(spec)
    weight = torch.full((len(parts[0]),), 0.7)
    for name, part in state_of(fitted(spec, parts, weight)).items():
        torch.testing.assert_close(part, state_of(fitted(spec, parts))[name], rtol=0, atol=0)


def test_a_mistyped_amount_is_not_believed_for_weighing_much():
    spec = TowerSpec("amount", "mae")
    label, level = draw(spec)
    label[7] = 1e8
    weight = torch.from_numpy(np.random.default_rng(0).random(len(label)))
    weight[7] = 5
    assert (
        fitted(spec, (label, level), weight).bounds[1]
        == fitted(spec, (label, level)).bounds[1]
        < 1e4
    )
