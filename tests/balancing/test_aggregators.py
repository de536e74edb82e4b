"""Aggregated gradients, each against the theorem or the algorithm of its paper, on the gradients themselves."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls
from torchjd.aggregation import NashMTL

from banian.balancing.nash import weigh_nash
from banian.spec import (
    AlignedMTLSpec,
    CAGradSpec,
    IMTLGSpec,
    MGDASpec,
    NashMTLSpec,
    PCGradSpec,
    UPGradSpec,
)

SEEDS = range(6)


@pytest.fixture
def aggregate(open_shop):
    """Rows in, what the shared parameters are moved along out, in units of the mean over tasks."""

    def find(spec, rows):
        shop = open_shop(rows)
        shop.update(shop.build(spec))
        return shop.gradient.numpy()

    return find


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tasks", [2, 3, 5])
def test_upgrad_is_the_mean_of_projections_onto_the_dual_cone(
    aggregate, draw_gradients, tasks, seed
):
    """The nearest point to g that no row opposes is g plus the rows times the v ≥ 0 with the least |g + vJ|."""
    rows = draw_gradients(tasks, seed=seed).numpy()
    freed = [row + nnls(rows.T, -row)[0] @ rows for row in rows]
    found = aggregate(UPGradSpec(), rows)
    np.testing.assert_allclose(found, np.mean(freed, axis=0), atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_upgrad_opposes_nobody(aggregate, draw_gradients, seed):
    rows = draw_gradients(4, columns=3, seed=seed).numpy()
    plain, found = rows.mean(axis=0), aggregate(UPGradSpec(), rows)
    assert (unit(rows) @ found > -1e-6 * np.linalg.norm(rows)).all()
    if seed == 0:
        assert (unit(rows) @ plain).min() < -0.05


def test_upgrad_without_conflict_is_the_mean(aggregate):
    rows = np.array([[1.0, 0, 2], [1.0, 1, 0], [0.0, 3, 1]])
    np.testing.assert_allclose(aggregate(UPGradSpec(), rows), rows.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tasks", [2, 3, 4])
def test_pcgrad_is_algorithm_1_on_the_gradients(aggregate, draw_gradients, tasks, seed):
    rows = draw_gradients(tasks, seed=seed).numpy()
    torch.manual_seed(seed)
    found = aggregate(PCGradSpec(), rows)
    torch.manual_seed(seed)
    changed = []
    for at, row in enumerate(rows):
        one = row.copy()
        for other in torch.randperm(tasks).tolist():
            if other != at and one @ rows[other] < 0:
                one -= one @ rows[other] / (rows[other] @ rows[other]) * rows[other]
        changed.append(one)
    np.testing.assert_allclose(found, np.mean(changed, axis=0), atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_cagrad_is_the_best_for_the_worst_task_within_its_ball(aggregate, draw_gradients, seed):
    rows = draw_gradients(3, columns=4, seed=seed).numpy()
    mean = rows.mean(axis=0)
    found = aggregate(CAGradSpec(radius=0.5), rows)
    radius = 0.5 * np.linalg.norm(mean)
    assert np.linalg.norm(found - mean) == pytest.approx(radius, rel=1e-3)
    others = unit(np.random.default_rng(seed).standard_normal((20_000, 4)))
    best = ((mean + radius * others) @ rows.T).min(axis=1).max()
    assert (rows @ found).min() > best - 1e-3 * np.abs(rows @ mean).max()


def test_cagrad_of_no_radius_is_the_mean(aggregate, draw_gradients):
    rows = draw_gradients(3).numpy()
    found = aggregate(CAGradSpec(radius=0.0), rows)
    np.testing.assert_allclose(found, rows.mean(axis=0), atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tasks", [2, 3])
def test_mgda_is_the_shortest_convex_combination(aggregate, draw_gradients, tasks, seed):
    """Its iterations stop within a few hundredths; two tasks have a closed form, which they meet."""
    rows = draw_gradients(tasks, seed=seed).numpy()
    grid = np.linspace(0, 1, 401 if tasks == 3 else 20_001)
    points = np.array([w for w in product(grid, repeat=tasks - 1) if sum(w) <= 1])
    weights = np.concatenate([points, 1 - points.sum(axis=1, keepdims=True)], axis=1)
    shortest = np.linalg.norm(weights @ rows, axis=1).min()
    found = np.linalg.norm(aggregate(MGDASpec(), rows))
    assert shortest * (1 - 1e-3) < found < shortest * (1.03 if tasks == 3 else 1 + 1e-6)
    assert shortest < 0.99 * np.linalg.norm(rows.mean(axis=0))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tasks", [2, 3, 4])
def test_imtl_g_projects_equally_on_all_gradients(aggregate, draw_gradients, tasks, seed):
    rows = draw_gradients(tasks, seed=seed).numpy()
    projections = unit(rows) @ aggregate(IMTLGSpec(), rows)
    np.testing.assert_allclose(projections, projections[0], rtol=1e-6)
    assert np.abs(projections).min() > 1e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_aligned_mtl_makes_gradients_orthogonal_and_as_long_as_the_least_singular_value(
    aggregate, draw_gradients, seed
):
    rows = draw_gradients(3, seed=seed).numpy()
    left, lengths, right = np.linalg.svd(rows, full_matrices=False)
    aligned = lengths.min() * left @ right
    np.testing.assert_allclose(aligned @ aligned.T, lengths.min() ** 2 * np.eye(3), atol=1e-9)
    np.testing.assert_allclose(aggregate(AlignedMTLSpec(), rows), aligned.mean(axis=0), atol=1e-6)


@settings(max_examples=60)
@given(
    tasks=st.integers(1, 6), seed=st.integers(0, 10_000), spread=st.sampled_from([0.1, 1.0, 30.0])
)
def test_nash_solves_the_bargaining_equation(tasks, seed, spread):
    """Claim 3.1: G·α = 1/α, whatever the lengths."""
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((tasks, 8)) * np.exp(
        spread / 10 * generator.normal(size=(tasks, 1))
    )
    gramian = torch.from_numpy(rows @ rows.T)
    gramian /= gramian.diagonal().mean()
    weight = weigh_nash(gramian)
    assert (weight > 0).all()
    ridged = gramian + 1e-6 * torch.diag(gramian.diagonal())
    np.testing.assert_allclose(weight * (ridged @ weight), 1, rtol=1e-6)


def test_nash_is_where_torchjd_says_it_is(aggregate, draw_gradients):
    """On gradients on which its series of cone programs comes to an end at the solution."""
    rows = draw_gradients(3, seed=2)
    with pytest.warns(UserWarning, match="not DPP"):
        other = NashMTL(n_tasks=3, max_norm=0.0)(rows).numpy()
    found = aggregate(NashMTLSpec(), rows)
    np.testing.assert_allclose(unit(found), unit(other), atol=1e-4)


def test_nash_cannot_be_bettered_for_all_by_moving_on_its_sphere(aggregate, draw_gradients):
    """It has the greatest product of gains of all directions of its length."""
    rows = draw_gradients(3, columns=4, seed=1).numpy()
    found = aggregate(NashMTLSpec(), rows)
    others = unit(np.random.default_rng(0).standard_normal((50_000, 4))) * np.linalg.norm(found)
    gains = np.clip(others @ rows.T, 0, None).prod(axis=1)
    assert gains.max() <= (rows @ found).prod() * (1 + 1e-6)
    assert gains.max() > 0.9 * (rows @ found).prod()


def test_nash_does_not_depend_on_the_units_of_single_losses(aggregate, draw_gradients):
    rows = draw_gradients(3).numpy()
    found = aggregate(NashMTLSpec(), rows * [[0.01], [1.0], [50.0]])
    np.testing.assert_allclose(unit(found), unit(aggregate(NashMTLSpec(), rows)), atol=1e-6)
