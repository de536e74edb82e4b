"""What every tower promises, whatever it predicts."""

import json
from dataclasses import asdict
from typing import get_args

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.kinds import TowerState
from banian.models.towers import (
    AbstractTower,
    TowerLayer,
    base,
    build_tower,
    zero_inflated,
)
from banian.predictions import Around, Bounds, fit_offset
from banian.spec import Tower

NUMBERS = [
    TowerState("amount", "mae"),
    TowerState("amount", "rmse"),
    TowerState("amount", "mae", tower="zero_inflated_log_normal"),
    TowerState("amount", "rmse", tower="zero_inflated_log_normal"),
    TowerState("regression", "rmse", tower="gaussian"),
    TowerState("count", "deviance"),
    TowerState("count", "mae"),
    TowerState("count", "deviance", tower="negative_binomial"),
    TowerState("count", "mae", tower="negative_binomial"),
    TowerState("quantile", "pinball", quantile=0.9),
]
SPECS = [
    TowerState("binary", "auc"),
    TowerState("multiclass", "log_loss", classes=("tea", "milk", "salt")),
    TowerState("ordinal", "mae", grades=(1.0, 2.0, 3.0, 5.0)),
    *NUMBERS,
    TowerState("ranking", "ndcg", classes=("tea", "milk", "salt"), top=2),
    TowerState("ranking", "ndcg", tower="sampled_softmax", classes=("tea", "milk", "salt"), top=2),
    TowerState("uplift", "qini", classes=("none", "mail", "call"), outcome="truth"),
    TowerState("uplift", "qini", classes=("none", "mail", "call")),
]
ROWS, DIM = 200, 5


def named(spec: TowerState) -> str:
    return f"{spec.learned_by}-{spec.outcome if spec.kind == 'uplift' else spec.metric}"


each_spec = pytest.mark.parametrize("spec", SPECS, ids=named)
each_number = pytest.mark.parametrize("spec", NUMBERS, ids=named)


def build(spec: TowerState) -> AbstractTower:
    torch.manual_seed(0)
    return build_tower(spec, TowerLayer(DIM, width=6, dropout=0.5)).eval()


def draw(spec: TowerState, rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    uniform = torch.rand(rows, generator=generator, dtype=torch.float64)
    level = torch.rand(rows, generator=generator, dtype=torch.float64) * 30
    label = {
        "binary": (uniform > 0.8).double(),
        "multiclass": (uniform.sqrt() * 4).floor(),
        "ordinal": torch.tensor([1.0, 2.0, 3.0, 5.0])[(uniform * 4).long()].double(),
        "amount": (uniform.pow(3) * 100 - 5).clamp(min=0),
        "regression": uniform.pow(2) * 30 - 5,
        "quantile": uniform.pow(3) * 100 - 5,
        "count": (uniform.pow(4) * 12).floor(),
    }
    codes = torch.randint(4, (rows, 2), generator=generator)
    if spec.kind == "ranking":
        both = uniform > 0.5
        parts = [1.0 + both, codes[:, 0], torch.where(both, (codes[:, 0] + 1) % 4, -1)]
        return torch.stack(parts, dim=1).double(), level
    if spec.kind == "uplift":
        came = uniform > 0.5 + codes[:, 1] % 3 * 0.1 if spec.outcome == "truth" else uniform * 30
        return torch.stack([came, codes[:, 1] % 3], dim=1).double(), level
    return label[spec.kind], level * (level > 10)


def some_x(rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(rows, DIM, generator=torch.Generator().manual_seed(2))
    return x, torch.zeros(rows, dtype=torch.long)


def test_every_tower_of_the_spec_has_a_case_here():
    assert {spec.learned_by for spec in SPECS} == set(get_args(Tower))


@each_spec
def test_starts_at_the_logits_with_the_least_loss_whatever_it_sees(spec):
    tower = build(spec)
    label, level = draw(spec)
    tower.fit_prior(label, level)
    logits = tower(*some_x()).double()
    assert (logits == logits[0]).all()
    at_start = tower.loss(logits, label, level).mean()
    for which in range(logits.shape[1]):
        for step in (-0.01, 0.01):
            moved = logits + step * torch.eye(logits.shape[1], dtype=torch.float64)[which]
            assert tower.loss(moved, label, level).mean() > at_start


@each_number
def test_the_base_fits_what_the_labels_scatter_around(spec):
    generator = np.random.default_rng(15)  # with it the three offsets below differ
    sizes = generator.lognormal(generator.uniform(0, 3), generator.uniform(0.5, 2), 60)
    level = np.floor(sizes) * (generator.random(60) < generator.uniform(0.3, 1))
    rate = level * generator.lognormal(0, generator.uniform(0.1, 1.5), 60)
    label = generator.poisson(rate + generator.uniform(0, 3)).astype(float)
    arounds: tuple[Around, ...] = ("mean", "median", "count")
    fitted = {around: fit_offset(label, level, around) for around in arounds}
    assert len(set(fitted.values())) == 3
    tower = build(spec)
    tower.fit_prior(torch.tensor(label), torch.tensor(level))
    around = {"poisson": "count", "negative_binomial": "count", "gaussian": "mean"}
    median = spec.learned_by != "relative_error" or spec.metric == "mae"
    expected = around.get(spec.learned_by, "median" if median else "mean")
    assert tower.offset.item() == fitted[expected]


@each_spec
def test_the_constant_predictor_loses_one_on_average(spec):
    """Without levels the prior is a constant predictor, and the best one."""
    label, level = draw(spec)
    alone = build(spec)
    alone.fit_prior(label, torch.zeros_like(level))
    logits = alone.head.bias.detach().double().expand(ROWS, -1)
    found = alone.loss(logits, label, torch.zeros_like(level)).mean().item()
    assert found == pytest.approx(1, abs=1e-6)


@each_spec
def test_layers_below_the_head_learn_from_the_second_step_on(spec):
    tower = build(spec)
    label, level = draw(spec)
    tower.fit_prior(label, level)
    optimizer = torch.optim.SGD(tower.parameters(), lr=0.1)
    moved = []
    for _ in range(2):
        optimizer.zero_grad()
        tower.loss(tower(*some_x()), label.float(), level.float()).mean().backward()
        moved.append(tower.layer.hidden.weight.grad.any().item())
        optimizer.step()
    assert moved == [False, True]


@each_spec
@settings(deadline=None, max_examples=20)
@given(rows=st.data())
def test_losses_gradients_values_and_intervals_are_finite_for_any_row(spec, rows):
    tower = build(spec)
    tower.fit_prior(*draw(spec))
    width = 64 if rows.draw(st.booleans()) else 32
    dtype = torch.float64 if width == 64 else torch.float32
    numbers = st.floats(-1e3, 1e3, width=width)
    shape = (2, tower.head.out_features)
    logits = torch.tensor(rows.draw(hnp.arrays(f"f{width // 8}", shape, elements=numbers)))
    logits.requires_grad_()
    far = st.floats(-1e6, 1e6, width=width)
    parts = draw(spec)[0].shape[1:]
    label = torch.tensor(rows.draw(hnp.arrays(f"f{width // 8}", (2, *parts), elements=far)))
    level = torch.tensor(rows.draw(hnp.arrays(f"f{width // 8}", 2, elements=far)))
    loss, value = tower.loss(logits, label, level), tower.value(logits, level)
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    found = [loss, gradient.flatten(), value.flatten()]
    ends = tower.interval(logits, level, 0.9)
    if ends is not None:
        assert (ends[:, 0] <= ends[:, 1]).all()
        found.append(ends.flatten())
    assert {one.dtype for one in found} == {dtype}
    assert torch.cat(found).isfinite().all()


@each_spec
@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("rows", [1, 9])
def test_equal_labels_leave_a_finite_start_and_the_unit_at_one(spec, label, rows):
    tower = build(spec)
    parts = draw(spec)[0].shape[1:]
    labels = torch.full((rows, *parts), label, dtype=torch.float64)
    level = torch.zeros(rows, dtype=torch.float64)
    tower.fit_prior(labels, level)
    assert tower.unit == 1
    logits = tower(*some_x(rows)).double()
    assert logits.isfinite().all()
    value = tower.value(logits, level)
    assert tower.loss(logits, labels, level).isfinite().all()
    if spec.kind not in ("multiclass", "ordinal", "ranking", "uplift"):
        # As if up to half a row had been otherwise.
        assert (value - label).abs().max() <= 0.5 / rows + 1e-6


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


@each_spec
def test_the_fitted_state_survives_a_state_dict(spec):
    fitted = build(spec)
    label, level = draw(spec)
    fitted.fit_prior(label, level)
    loaded = build(spec)
    loaded.load_state_dict(fitted.state_dict())
    logits = fitted(*some_x()).double()
    assert torch.equal(loaded(*some_x()).double(), logits)
    assert torch.equal(loaded.loss(logits, label, level), fitted.loss(logits, label, level))
    assert torch.equal(loaded.value(logits, level), fitted.value(logits, level))
    assert torch.equal(loaded.constant, fitted.constant)


@each_spec
def test_no_labels_have_no_prior(spec):
    nothing = draw(spec)[0][:0]
    with pytest.raises(ValueError, match="no labels"):
        build(spec).fit_prior(nothing, torch.zeros(0, dtype=torch.float64))


@each_spec
def test_dropout_acts_in_training_only(spec):
    tower = build(spec)
    assert torch.equal(tower(*some_x()), tower(*some_x()))
    tower.train()
    assert not torch.equal(tower(*some_x()), tower(*some_x()))


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


def test_a_spec_that_is_read_back_is_the_same():
    for spec in SPECS:
        assert TowerState.from_dict(json.loads(json.dumps(asdict(spec)))) == spec


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
