"""A row counts in a tower's prior as often as its weight says."""

import pytest
import torch
from tower_cases import NUMBERS, ROWS, SPECS, build, draw, each_spec, named

from banian.kinds import TowerState
from banian.models.towers import base, zero_inflated
from banian.predictions import Bounds


def fit_weighed(spec: TowerState, parts, weight=None):
    tower = build(spec)
    tower.fit_prior(*parts, None, weight)
    names = ("unit", "offset", "constant", "head.bias", "bias", "spread", "shape")
    return {name: part for name, part in tower.state_dict().items() if name in names}


@each_spec
def test_weight_two_is_the_row_twice_and_weight_zero_none(spec, monkeypatch):
    for module in (base, zero_inflated):  # what is believed is asked of rows, not of weights
        monkeypatch.setattr(module, "fit_bounds", lambda *_: Bounds())
    label, level = draw(spec)
    times = torch.arange(len(label)) % 3
    few = label[times > 0], level[times > 0]
    ours, plain = fit_weighed(spec, few, 0.3 * times[times > 0]), fit_weighed(spec, few)
    theirs = fit_weighed(spec, (label.repeat_interleave(times, 0), level.repeat_interleave(times)))
    for name, part in ours.items():
        torch.testing.assert_close(part, theirs[name], rtol=1e-5, atol=1e-6)
    assert not all(torch.allclose(part, plain[name]) for name, part in ours.items())


@pytest.mark.parametrize("spec", [SPECS[0], SPECS[3], SPECS[8]], ids=named)
def test_equal_weights_change_nothing(spec):
    parts = draw(spec)
    alike = fit_weighed(spec, parts, torch.full((ROWS,), 0.7))
    for name, part in fit_weighed(spec, parts).items():
        assert torch.equal(part, alike[name])


def test_a_mistyped_amount_is_not_believed_for_weighing_much():
    label, level = draw(NUMBERS[0])
    label[7] = 1e8
    weight = 1 + torch.rand(ROWS, generator=torch.Generator().manual_seed(3))
    weight[7] = 9
    tower = build(NUMBERS[0])
    tower.fit_prior(label, level, None, weight)
    assert tower.bounds[1] < 1e4
