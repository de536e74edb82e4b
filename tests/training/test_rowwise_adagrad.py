import numpy as np
import pytest
import torch
from torch import nn

from banian.training.rowwise_adagrad import RowwiseAdagrad


@pytest.fixture
def table() -> nn.Embedding:
    torch.manual_seed(0)
    return nn.Embedding(6, 3, sparse=True, dtype=torch.float64)


def test_it_follows_its_equations_on_repeated_codes(table):
    """Against plain loops over the rows of the dense gradient."""
    optimizer = RowwiseAdagrad([{"params": [table.weight]}], lr=0.1)
    weight, total = table.weight.detach().numpy().copy(), np.zeros(6)
    factor = torch.linspace(-1, 2, 15, dtype=torch.float64).reshape(5, 3)
    for codes in ([0, 4, 4, 2, 4], [4, 1, 0, 0, 0]):
        optimizer.zero_grad()
        (table(torch.tensor(codes)).square() * factor).sum().backward()
        gradient = np.zeros((6, 3))
        for place, code in enumerate(codes):
            gradient[code] += 2 * weight[code] * factor[place].numpy()
        optimizer.step()
        for row in set(codes):
            total[row] += np.mean(gradient[row] ** 2)
            weight[row] -= 0.1 * gradient[row] / (np.sqrt(total[row]) + 1e-10)
        np.testing.assert_allclose(table.weight.detach().numpy(), weight, rtol=0, atol=1e-12)
    assert (total[[3, 5]] == 0).all()


def test_a_table_without_a_gradient_stays_as_it_is(table):
    before = table.weight.detach().clone()
    optimizer = RowwiseAdagrad([{"params": [table.weight]}], lr=0.1)
    optimizer.step()
    assert torch.equal(table.weight, before)


def test_a_closure_is_called_and_its_loss_handed_on(table):
    optimizer = RowwiseAdagrad([{"params": [table.weight]}], lr=0.1)
    before = table.weight.detach().clone()

    def closure() -> float:
        loss = table(torch.tensor([3])).sum()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == pytest.approx(float(before[3].sum()))
    assert (table.weight != before).any(dim=1).tolist() == [False, False, False, True, False, False]
