"""What no label lies below, no prediction lies below, whatever a network says."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from banian.kinds import TowerState, build_kind
from banian.models.towers.build import build_tower
from banian.models.towers.layer import TowerLayer

NUMBERS = {"amount": "mae", "regression": "rmse", "quantile": "pinball"}
ROWS = 40


@pytest.mark.parametrize(
    ("label", "least"),
    [
        (np.zeros(20), 0.0),
        (np.arange(20.0), 0.0),
        (np.arange(19.0), None),
        (np.append(np.arange(500.0), -0.01), None),
        (np.array([]), None),
    ],
)
def test_of_twenty_labels_or_more_of_which_none_is_negative_it_is_0(label, least):
    for name in NUMBERS:
        assert build_kind(name).least(label) == least
    assert build_kind("binary").least(label) is None


@given(
    name=st.sampled_from(sorted(NUMBERS)),
    seed=st.integers(0, 2**32),
    shift=st.sampled_from([0.0, -3.0]),
    spread=st.floats(0.1, 30.0),
)
def test_answers_lie_where_labels_do(name, seed, shift, spread):
    random = np.random.Generator(np.random.PCG64(seed))
    label, level = random.gamma(1.0, 9.0, ROWS) + shift, random.gamma(1.0, 5.0, ROWS)
    kind, quantile = build_kind(name), 0.2 if name == "quantile" else None
    tower = TowerState(name, NUMBERS[name], floor=kind.least(label), quantile=quantile)
    network = build_tower(tower, TowerLayer(4, width=4, dropout=0.0))
    network.fit_prior(torch.from_numpy(label), torch.from_numpy(level))
    logits = torch.from_numpy(random.normal(0.0, spread, (ROWS, network.head.out_features)))
    values = network.value(logits, torch.from_numpy(level)).numpy()
    for rows in (0, ROWS):
        fitted = kind.fit_calibration(
            tower, values[:rows], label[:rows], level[:rows], np.arange(rows)
        )
        answer = fitted.apply(values, level)
        said = [answer.value, answer.lower, answer.upper, answer.mean]
        assert tower.floor == (0.0 if label.min() >= 0 else None)
        assert tower.floor is None or all(one.min() >= 0 for one in said if one is not None)
