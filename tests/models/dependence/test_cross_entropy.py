import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from banian.models.dependence import product_cross_entropy

logit = st.floats(-30, 30)
any_logit = st.floats(-1e30, 1e30)


@given(logits=st.lists(logit, min_size=1, max_size=4), label=st.sampled_from([0.0, 0.3, 1.0]))
def test_is_the_cross_entropy_of_the_product(logits, label):
    """By hand with exact sums: log(1 − Πp) = log(Σ over links of p₁⋯pᵢ₋₁(1 − pᵢ))."""
    p = [1 / (1 + math.exp(-z)) for z in logits]
    q = [1 / (1 + math.exp(z)) for z in logits]
    breaks = math.fsum(math.prod(p[:i]) * q[i] for i in range(len(p)))
    expected = -label * sum(map(math.log, p)) - (1 - label) * math.log(breaks)
    columns = [torch.tensor([z], dtype=torch.float64) for z in logits]
    found = product_cross_entropy(columns, torch.tensor([label], dtype=torch.float64))
    assert found.item() == pytest.approx(expected, rel=1e-10, abs=1e-14)


@given(logits=st.lists(any_logit, min_size=1, max_size=4), label=st.sampled_from([0.0, 1.0]))
def test_loss_and_gradient_are_finite_in_float32_for_any_logits(logits, label):
    columns = [torch.tensor([z], requires_grad=True) for z in logits]
    loss = product_cross_entropy(columns, torch.tensor([label]))
    assert loss.isfinite()
    assert loss > -1e-6
    for gradient in torch.autograd.grad(loss.sum(), columns):
        assert gradient.isfinite()
        assert abs(gradient) <= 1


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_step_is_the_ordinary_cross_entropy(label):
    z = torch.linspace(-90, 90, 50)
    found = product_cross_entropy([z], torch.full_like(z, label))
    torch.testing.assert_close(
        found,
        torch.nn.functional.binary_cross_entropy_with_logits(
            z, torch.full_like(z, label), reduction="none"
        ),
    )


def test_a_step_that_is_certain_changes_nothing():
    z, certain = torch.linspace(-9, 9, 20), torch.full((20,), 1e4)
    for label in (torch.zeros(20), torch.ones(20)):
        alone = product_cross_entropy([z], label)
        torch.testing.assert_close(product_cross_entropy([certain, z], label), alone)
        torch.testing.assert_close(product_cross_entropy([z, certain], label), alone)
