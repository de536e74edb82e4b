"""One absurd label or level hardly moves what a tower starts from, and pulls no harder than others may."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.kinds import TowerState
from banian.models.towers import AbstractTower, TowerLayer, build_tower
from banian.spec import METRICS, TOWERS

NUMBERS = [
    TowerState(kind, metric, tower=tower, quantile=0.9)
    for kind in ("count", "amount", "regression", "quantile")
    for tower, metric in product(TOWERS[kind], METRICS[kind][:2])
] + [TowerState("uplift", "qini", classes=("none", "mail", "call"))]
MAYBE_NEGATIVE = ("relative_error", "gaussian", "pinball", "arms")


def named(spec: TowerState) -> str:
    return f"{spec.kind}-{spec.learned_by}-{spec.metric}"


each_number = pytest.mark.parametrize("spec", NUMBERS, ids=named)


@st.composite
def rows_and_faults(draw: st.DrawFn) -> tuple[np.ndarray, int, tuple[int, ...]]:
    """Labels and levels of entities of all sizes, a row of them, and which of its numbers are mistyped."""
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows, spread = draw(st.integers(40, 90)), draw(st.floats(0.2, 1.5))
    size = generator.lognormal(2, spread / 2, rows)
    numbers = np.ceil(size * generator.lognormal(0, spread / 2, (2, rows)))
    numbers[generator.random((2, rows)) < draw(st.floats(0, 0.5))] = 0
    return numbers, draw(st.integers(0, rows - 1)), draw(st.sampled_from([(0,), (1,), (0, 1)]))


def fit(spec: TowerState, numbers: np.ndarray) -> AbstractTower:
    torch.manual_seed(0)
    tower = build_tower(spec, TowerLayer(3, width=4, dropout=0.0))
    tower.fit_prior(*tensors(spec, numbers))
    return tower


def tensors(spec: TowerState, numbers: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    label, level = torch.tensor(numbers)
    if spec.kind == "uplift":
        label = torch.stack([label, torch.arange(len(label)) % 3], dim=1)
    return label, level


def spoil(numbers: np.ndarray, at: int, which: tuple[int, ...], absurd: float) -> np.ndarray:
    spoilt = numbers.copy()
    spoilt[list(which), at] = absurd
    return spoilt


def start(tower: AbstractTower, rows: int) -> torch.Tensor:
    return tower.head.bias.detach().double().expand(rows, -1)


@each_number
@settings(deadline=None, max_examples=3)
@given(drawn=rows_and_faults(), sign=st.sampled_from([1, -1]))
def test_how_absurd_a_number_is_does_not_matter_to_anything_fitted(spec, drawn, sign):
    sign = sign if spec.learned_by in MAYBE_NEGATIVE else 1
    near, far = (fit(spec, spoil(*drawn, sign * absurd)) for absurd in (1e7, 1e13))
    for name, value in near.state_dict().items():
        torch.testing.assert_close(far.state_dict()[name], value, rtol=1e-6, atol=1e-6)


def fit_clean(spec: TowerState, numbers: np.ndarray) -> list[AbstractTower]:
    """Fit what an absurd number may lead to: the tower itself; where it reports a rank, also those of ranks beside it.

    Whichever row is moved, a median goes on to the next label, and how far that is only the labels say.
    """
    rank = 0.9 if spec.kind == "quantile" else 0.5 if spec.metric == "mae" else None
    ranks = () if rank is None else (rank - 0.1, min(rank + 0.1, 0.999))
    beside = [TowerState("quantile", "pinball", tower="pinball", quantile=each) for each in ranks]
    return [fit(each, numbers) for each in (spec, *beside)]


def distance(found: torch.Tensor, allowed: list[torch.Tensor]) -> torch.Tensor:
    ends = torch.stack(allowed)
    return (found - found.clamp(ends.amin(dim=0), ends.amax(dim=0))).abs()


@each_number
@settings(deadline=None, max_examples=3)
@given(drawn=rows_and_faults())
def test_all_other_rows_start_near_where_they_would_have(spec, drawn):
    numbers, at, _ = drawn
    allowed, spoilt = fit_clean(spec, numbers), fit(spec, spoil(*drawn, 1e8))
    others = np.arange(numbers.shape[1]) != at
    level = tensors(spec, numbers)[1][others]
    after, *before = (one.value(start(one, len(level)), level) for one in (spoilt, *allowed))
    # The mean of an arm is that of a third of the rows, which one of them moves three times as far.
    room = 3 if spec.kind == "uplift" else 1
    assert distance(after, before).mean() <= room * (0.5 * before[0].abs().mean() + 0.5)
    assert (allowed[0].unit / spoilt.unit).log().abs() < 2.5
    constants = [one.constant for one in allowed]
    most = room * (0.6 * constants[0].abs().max() + 0.5)
    assert distance(spoilt.constant, constants).max() <= most


SPREADS = {"gaussian": 1, "negative_binomial": 1, "zero_inflated_log_normal": 2}
"""Which logit says how far labels scatter: there a row counts by the square of how far out it lies."""


@each_number
@settings(deadline=None, max_examples=3)
@given(drawn=rows_and_faults())
def test_an_absurd_row_has_at_most_half_of_what_pulls_the_others_away(spec, drawn):
    """At the start that is right for the others. At its own start no row has more than half, however absurd: there all
    that pulls adds up to 0."""
    spoilt = spoil(*drawn, 1e8)
    clean, tower, (label, level) = fit(spec, drawn[0]), fit(spec, spoilt), tensors(spec, spoilt)
    logits = start(clean, len(level)).clone().requires_grad_()
    tower.loss(logits, label, level).sum().backward()
    pull = logits.grad.abs()[:, : SPREADS.get(spec.learned_by)]
    most = 0.75 if spec.kind == "uplift" else 0.5  # a logit of an arm sees a third of the rows
    assert (pull[drawn[1]] <= most * pull.sum(dim=0) + 1e-9).all()


@pytest.mark.parametrize(
    "spec",
    [TowerState("amount", "mae"), TowerState("quantile", "pinball", quantile=0.5)],
    ids=named,
)
@settings(deadline=None, max_examples=8)
@given(drawn=rows_and_faults())
def test_no_row_weighs_more_than_a_fifth_of_all(spec, drawn):
    """The gradient of an absolute error is its weight."""
    for numbers in (drawn[0], spoil(*drawn, 1e8)):
        tower, (label, level) = fit(spec, numbers), tensors(spec, numbers)
        logits = torch.full((len(level), 1), -1.0, dtype=torch.float64, requires_grad=True)
        tower.loss(logits, label, level).sum().backward()
        assert (logits.grad.abs() <= 0.2 * logits.grad.abs().sum()).all()
