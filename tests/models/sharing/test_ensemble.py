import numpy as np
import pytest
import torch

from banian.models.sharing import EnsembleLinear, Linear, build_linear

DIM, MAPS, WIDTH, MEMBERS, ROWS = 5, 2, 4, 3, 6


@pytest.mark.parametrize(
    ("own_inputs", "first"),
    [(True, True), (True, False), (False, True)],  # only a first layer sees one input with all maps
)
def test_each_member_scales_what_goes_in_and_out_of_the_same_weights(own_inputs, first, weights_of):
    """Equation 1 of TabM: s ⊙ W(r ⊙ x) + b, member by member."""
    torch.manual_seed(0)
    linear = EnsembleLinear(DIM, maps=MAPS, width=WIDTH, members=MEMBERS, first=first).double()
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.add_(torch.randn_like(parameter))
    weights = weights_of(linear)
    x = torch.randn(ROWS, MAPS, DIM).double() if own_inputs else torch.randn(ROWS, DIM).double()
    expected = np.zeros((ROWS, MAPS, WIDTH))
    for row in range(ROWS):
        member = row % MEMBERS
        for at in range(MAPS):
            seen = x[row, at].numpy() if own_inputs else x[row].numpy()
            if not first:
                seen = weights["scale_in"][at, member] * seen
            out = weights["scale_out"][at, member] * (weights["weight"][at] @ seen)
            expected[row, at] = out + weights["bias"][at, member]
    np.testing.assert_allclose(linear(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_scales_start_at_one_and_biases_equal(weights_of):
    weights = weights_of(EnsembleLinear(DIM, maps=MAPS, width=WIDTH, members=MEMBERS, first=False))
    assert (weights["scale_in"] == 1).all()
    assert (weights["scale_out"] == 1).all()
    assert (weights["bias"] == weights["bias"][:, :1]).all()
    assert len(np.unique(weights["bias"])) == MAPS * WIDTH


def test_a_single_member_is_the_plain_layer():
    linear = build_linear(DIM, maps=MAPS, width=WIDTH, members=1)
    assert isinstance(linear, Linear)
    assert {name for name, _ in linear.named_parameters()} == {"weight.value", "bias.value"}


@pytest.mark.parametrize("maps", [1, 2])
def test_a_plain_layer_starts_as_that_of_torch(maps):
    torch.manual_seed(0)
    ours = Linear(400, maps=maps, width=300)
    theirs = torch.nn.Linear(400, 300)
    for mine, other in ((ours.weight(), theirs.weight), (ours.bias(), theirs.bias)):
        assert mine.std().item() == pytest.approx(other.std().item(), rel=0.1)
        assert mine.abs().max().item() == pytest.approx(other.abs().max().item(), rel=0.05)


def test_a_single_map_may_be_used_for_several_inputs():
    linear = Linear(DIM, maps=1, width=WIDTH)
    x = torch.randn(ROWS, 3, DIM)
    for at in range(3):
        torch.testing.assert_close(linear(x)[:, at], linear(x[:, at])[:, 0])
