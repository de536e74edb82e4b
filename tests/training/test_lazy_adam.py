import pytest
import torch
from torch import nn

from banian.training.lazy_adam import LazyAdam


def test_it_moves_rows_as_the_sparse_adam_of_torch_does():
    torch.manual_seed(0)
    ours = nn.Embedding(6, 3, sparse=True, dtype=torch.float64)
    theirs = nn.Embedding.from_pretrained(ours.weight.detach().clone(), freeze=False, sparse=True)
    optimizers = (
        LazyAdam([{"params": [ours.weight]}], lr=0.1),
        torch.optim.SparseAdam([theirs.weight], lr=0.1, eps=1e-10),
    )
    for codes in ([0, 4, 4, 2], [4, 1, 0, 0], [2, 2, 5, 1]):
        for table, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            table(torch.tensor(codes)).square().sum().backward()
            optimizer.step()
        torch.testing.assert_close(ours.weight, theirs.weight, rtol=1e-9, atol=1e-12)


def test_a_closure_is_called_and_its_loss_handed_on():
    table = nn.Embedding(4, 2, sparse=True)
    optimizer = LazyAdam([{"params": [table.weight]}], lr=0.1)
    before = table.weight.detach().clone()

    def closure() -> float:
        loss = table(torch.tensor([3])).sum()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == pytest.approx(float(before[3].sum()))
    assert (table.weight != before).any(dim=1).tolist() == [False, False, False, True]
    table.weight.grad = None
    after = table.weight.detach().clone()
    optimizer.step()
    assert torch.equal(table.weight, after)
