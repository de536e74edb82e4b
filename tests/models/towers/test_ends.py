"""How far predictions of numbers reach: their floor, and the ends of their intervals."""

import numpy as np
import torch
from tower_cases import build, draw, each_number, some_x

from banian.kinds import TowerState


@each_number
def test_no_value_and_no_end_is_below_the_floor(spec):
    free = build(spec)
    logits = torch.linspace(-3, 3, 50).unsqueeze(1).expand(-1, free.head.out_features)
    level = torch.full((50,), 2.0)
    floored = build(TowerState(**(vars(spec) | {"floor": 0.4})))
    assert free.value(logits, level).min() < 0.4 < free.value(logits, level).max()
    expected = free.value(logits, level).clamp(min=0.4)
    assert torch.equal(floored.value(logits, level), expected)
    ends = floored.interval(logits, level, 0.9)
    assert ends is None or ends.min() >= 0.4


@each_number
def test_an_interval_holds_its_share_of_what_the_tower_predicts(spec):
    """Labels at evenly spaced ranks of the predicted distribution stand for draws from it."""
    tower = build(spec)
    tower.fit_prior(*draw(spec))
    logits = tower(*some_x(1)).double()
    level = torch.tensor([12.0], dtype=torch.float64)
    if tower.interval(logits, level, 0.8) is None:
        assert spec.learned_by in ("relative_error", "pinball")
        return
    ranks = (np.arange(200) + 0.5) / 200
    drawn = [tower.interval(logits, level, abs(2 * rank - 1))[0, int(rank > 0.5)] for rank in ranks]
    lower, upper = tower.interval(logits, level, 0.8)[0]
    inside = np.mean([(lower <= one <= upper).item() for one in drawn])
    assert inside >= 0.8
    if spec.kind != "count" and lower > 0:
        assert inside == 0.8
