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
from tower_cases import ROWS, SPECS, build, draw, each_number, each_spec, some_x

from banian.kinds import TowerState, build_kind
from banian.predictions import Around, fit_offset
from banian.spec import Tower


def test_every_tower_of_the_spec_has_a_case_here():
    assert {spec.learned_by for spec in SPECS} == set(get_args(Tower))


@each_spec
def test_a_prediction_has_as_many_numbers_as_its_kind_says(spec):
    tower = build(spec)
    logits, level = tower(*some_x()).double(), torch.ones(len(some_x()[0]), dtype=torch.float64)
    assert tower.value(logits, level).shape[1] == build_kind(spec.kind).outputs(spec)


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


def test_a_spec_that_is_read_back_is_the_same():
    for spec in SPECS:
        assert TowerState.from_dict(json.loads(json.dumps(asdict(spec)))) == spec
