import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from banian.models.sharing import LatentVariable, divergence

DIM, TASKS, WIDTH, ROWS = 5, 3, 4, 2000
NAMES = [f"task {at}" for at in range(TASKS)]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(7, DIM, generator=torch.Generator().manual_seed(1)).double()


def build(weight: float = 0.5, members: int = 1) -> LatentVariable:
    torch.manual_seed(0)
    sharing = LatentVariable(
        DIM, tasks=NAMES, width=WIDTH, weight=weight, dropout=0.0, members=members
    )
    with torch.no_grad():
        for parameter in sharing.moments.parameters():
            parameter.mul_(3)  # away from the standard normal
    return sharing.double()


def moments_by_hand(weights, x):
    units = np.maximum(weights["bottom.first.weight"][0] @ x + weights["bottom.first.bias"][0], 0)
    second = weights["bottom.second.weight"][0] @ units + weights["bottom.second.bias"][0]
    out = weights["moments.weight"][0] @ np.maximum(second, 0) + weights["moments.bias"][0]
    return out[:WIDTH], out[WIDTH:]


def test_every_task_sees_the_mean_outside_training(x, weights_of):
    sharing = build().eval()
    mean = np.stack([moments_by_hand(weights_of(sharing), row)[0] for row in x.numpy()])
    out = sharing(x).detach().numpy()
    for task in range(TASKS):
        np.testing.assert_allclose(out[:, task], mean, rtol=0, atol=1e-12)


def test_training_draws_from_the_gaussian_with_the_noise_of_the_generator(x, weights_of):
    sharing = build().train()
    torch.manual_seed(5)
    out = sharing(x).detach().numpy()
    torch.manual_seed(5)
    noise = torch.randn(7, 1, WIDTH, dtype=torch.float64)[:, 0].numpy()
    for row in range(7):
        mean, log_variance = moments_by_hand(weights_of(sharing), x[row].numpy())
        expected = mean + np.exp(log_variance / 2) * noise[row]
        for task in range(TASKS):
            np.testing.assert_allclose(out[row, task], expected, rtol=0, atol=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(mean=st.floats(-20, 20), log_variance=st.floats(-20, 20))
def test_the_divergence_is_that_of_two_normals(mean, log_variance):
    code = torch.tensor([mean, log_variance], dtype=torch.float64)
    expected = kl_divergence(Normal(code[0], (code[1] / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(divergence(code[0], code[1]), expected, rtol=1e-9, atol=1e-9)


def test_the_penalty_is_the_mean_divergence_of_a_row(x, weights_of):
    sharing = build(weight=0.5).train()
    sharing(x)
    by_row = []
    for row in x.numpy():
        mean, log_variance = moments_by_hand(weights_of(sharing), row)
        normal = Normal(torch.from_numpy(mean), torch.from_numpy(np.exp(log_variance / 2)))
        by_row.append(kl_divergence(normal, Normal(0.0, 1.0)).sum())
    expected = 0.5 * torch.stack(by_row).mean()
    assert expected > 0.1
    torch.testing.assert_close(sharing.penalty(), expected)


def test_the_penalty_of_no_rows_is_nothing(x):
    sharing = build().train()
    sharing(x[:0])
    assert sharing.penalty() == 0


def test_a_pass_outside_training_adds_nothing(x):
    sharing = build().eval()
    sharing(x)
    assert sharing.penalty() == 0


def test_a_heavier_penalty_pulls_the_code_towards_the_standard_normal(x):
    def trained(weight: float) -> float:
        sharing = build(weight).train()
        optimizer = torch.optim.Adam(sharing.parameters(), lr=0.05)
        for _ in range(30):
            optimizer.zero_grad()
            loss = (sharing(x)[:, 0, 0] - 5 * x[:, 0]).square().mean()
            (loss + sharing.penalty()).backward()
            optimizer.step()
        sharing(x)
        return sharing.penalty().item() / weight

    assert trained(10.0) < trained(1e-3) / 2
