"""What every tower promises, whatever it predicts."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from banian.models.towers import AbstractTower, TowerLayer, TowerSpec, build_tower

SPECS = [
    TowerSpec("binary", "auc"),
    TowerSpec("amount", "mae"),
    TowerSpec("amount", "rmse"),
    TowerSpec("count", "deviance"),
]
IDS = [f"{spec.kind}-{spec.metric}" for spec in SPECS]
ROWS, DIM = 200, 5
each_spec = pytest.mark.parametrize("spec", SPECS, ids=IDS)


def build(spec: TowerSpec) -> AbstractTower:
    torch.manual_seed(0)
    return build_tower(spec, TowerLayer(DIM, width=6, dropout=0.5)).eval()


def draw(spec: TowerSpec, rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    uniform = torch.rand(rows, generator=generator, dtype=torch.float64)
    level = torch.rand(rows, generator=generator, dtype=torch.float64) * 30
    label = {
        "binary": (uniform > 0.8).double(),
        "amount": uniform.pow(3) * 100 - 5,
        "count": (uniform * 6).floor(),
    }
    return label[spec.kind], level * (level > 10)


def some_x(rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(rows, DIM, generator=torch.Generator().manual_seed(2))
    return x, torch.zeros(rows, dtype=torch.long)


@each_spec
def test_starts_at_the_logit_with_the_least_loss_whatever_it_sees(spec):
    tower = build(spec)
    label, level = draw(spec)
    tower.fit_prior(label, level)
    logit = tower(*some_x()).double()
    assert (logit == logit[0]).all()
    at_start = tower.loss(logit, label, level).mean()
    for step in (-0.01, 0.01):
        assert tower.loss(logit + step, label, level).mean() > at_start


@each_spec
def test_the_constant_predictor_loses_one_on_average(spec):
    """Its loss is found from the outside: by the logits whose values are the constant."""
    tower = build(spec)
    label, level = draw(spec)
    tower.fit_prior(label, level)
    base = level.clamp(min=0) + tower.offset
    constant = tower.constant.expand(ROWS)
    logit = {
        "binary": torch.logit(constant),
        "amount": constant / base,
        "count": torch.log(constant / base),
    }[spec.kind]
    logit = logit.unsqueeze(1)
    torch.testing.assert_close(tower.value(logit, level), constant.unsqueeze(1))
    assert tower.loss(logit, label, level).mean().item() == pytest.approx(1, abs=1e-12)


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
@given(
    logit=st.floats(-1e3, 1e3),
    label=st.floats(-1e6, 1e6),
    level=st.floats(-1e6, 1e6),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_losses_gradients_and_values_are_finite_for_any_row(spec, logit, label, level, dtype):
    tower = build(spec)
    tower.fit_prior(*draw(spec))
    row = torch.tensor([[logit]], dtype=dtype, requires_grad=True)
    loss = tower.loss(row, torch.tensor([label], dtype=dtype), torch.tensor([level], dtype=dtype))
    value = tower.value(row, torch.tensor([level], dtype=dtype))
    (gradient,) = torch.autograd.grad(loss.sum(), row)
    assert loss.dtype == value.dtype == dtype
    assert torch.cat([loss, gradient.flatten(), value.flatten()]).isfinite().all()


@each_spec
@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("rows", [1, 9])
def test_equal_labels_leave_a_finite_start_and_the_unit_at_one(spec, label, rows):
    tower = build(spec)
    labels = torch.full((rows,), label, dtype=torch.float64)
    tower.fit_prior(labels, torch.zeros(rows, dtype=torch.float64))
    assert tower.unit == 1
    logit = tower(*some_x(rows)).double()
    assert logit.isfinite().all()
    value = tower.value(logit, torch.zeros(rows, dtype=torch.float64))
    # As if up to half a row had been otherwise.
    assert (value - label).abs().max() <= 0.5 / rows


@each_spec
def test_no_value_is_below_the_floor(spec):
    logit = torch.linspace(-3, 3, 50).unsqueeze(1)
    level = torch.full((50,), 2.0)
    free = build(spec)
    floored = build(TowerSpec(spec.kind, spec.metric, floor=0.4))
    assert free.value(logit, level).min() < 0.4 < free.value(logit, level).max()
    expected = free.value(logit, level).clamp(min=0.4)
    assert torch.equal(floored.value(logit, level), expected)


@each_spec
def test_the_fitted_state_survives_a_state_dict(spec):
    fitted = build(spec)
    label, level = draw(spec)
    fitted.fit_prior(label, level)
    loaded = build(spec)
    loaded.load_state_dict(fitted.state_dict())
    logit = fitted(*some_x()).double()
    assert torch.equal(loaded(*some_x()).double(), logit)
    assert torch.equal(loaded.loss(logit, label, level), fitted.loss(logit, label, level))
    assert torch.equal(loaded.value(logit, level), fitted.value(logit, level))
    assert loaded.constant == fitted.constant


@each_spec
def test_no_labels_have_no_prior(spec):
    nothing = torch.zeros(0, dtype=torch.float64)
    with pytest.raises(ValueError, match="no labels"):
        build(spec).fit_prior(nothing, nothing)


@each_spec
def test_dropout_acts_in_training_only(spec):
    tower = build(spec)
    assert torch.equal(tower(*some_x()), tower(*some_x()))
    tower.train()
    assert not torch.equal(tower(*some_x()), tower(*some_x()))
