import pytest
import torch
from torch import nn

from banian.training.clip import clip_gradients


def gradients(sparse: bool) -> list[nn.Parameter]:
    """A table that is looked up twice in one row, a matrix, and what has no gradient."""
    torch.manual_seed(0)
    table = nn.Embedding(5, 2, sparse=sparse)
    layer = nn.Linear(2, 3)
    out = layer(table(torch.tensor([1, 1, 4]))).sum() + table(torch.tensor([1])).sum()
    out.backward()
    return [table.weight, *layer.parameters(), nn.Parameter(torch.ones(2))]


@pytest.mark.parametrize("longest", [0.5, 1e6])
def test_sparse_gradients_are_clipped_as_dense_ones_are(longest):
    sparse, dense = gradients(sparse=True), gradients(sparse=False)
    norm = clip_gradients(sparse, longest)
    expected = nn.utils.clip_grad_norm_(dense, longest)
    torch.testing.assert_close(norm, expected)
    assert 0.5 < norm < 1e6
    assert sparse[0].grad.is_sparse
    torch.testing.assert_close(sparse[0].grad.to_dense(), dense[0].grad)
    for one, other in zip(sparse[1:3], dense[1:3], strict=True):
        torch.testing.assert_close(one.grad, other.grad)
