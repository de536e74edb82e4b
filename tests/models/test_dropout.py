import pytest
import torch

from banian.models.dropout import Dropout


def test_every_unit_is_silenced_as_often_as_declared_and_the_mean_stays():
    torch.manual_seed(0)
    dropout = Dropout(0.15)
    total = sum(dropout(torch.ones(100, 33)) for _ in range(300)) / 300
    assert abs(total.mean() - 1) < 0.002
    assert abs(total - 1).max() < 6 * (0.15 / 0.85 / 300) ** 0.5
    out = dropout(torch.ones(1000, 1001))
    assert out.unique().tolist() == pytest.approx([0, 1 / 0.85], rel=1e-4)
    assert abs((out == 0).float().mean() - 0.15) < 0.002


def test_units_fall_silent_independently_of_each_other():
    torch.manual_seed(0)
    silent = (Dropout(0.5)(torch.ones(20_000, 8)) == 0).double()
    correlation = torch.corrcoef(silent.t()) - torch.eye(8)
    assert correlation.abs().max() < 0.04


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 5, 7)])
def test_any_shape_and_type_goes_through(shape):
    torch.manual_seed(0)
    x = torch.rand(shape, dtype=torch.float64) + 1
    out = Dropout(0.4)(x)
    assert (out.shape, out.dtype) == (x.shape, x.dtype)
    scale = 65_536 / (65_536 - round(0.4 * 65_536))
    assert ((out == 0) | torch.isclose(out, x * scale)).all()


def test_a_silent_unit_has_no_gradient():
    x = torch.ones(50, 4, requires_grad=True)
    out = Dropout(0.5)(x)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())


def test_it_rests_in_evaluation_and_where_nothing_is_silenced():
    x = torch.ones(5)
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x


def test_the_same_seed_silences_the_same_units():
    def draw(seed):
        torch.manual_seed(seed)
        return Dropout(0.5)(torch.ones(100))

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))
