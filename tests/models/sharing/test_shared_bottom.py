import torch

from banian.models.sharing import SharedBottom


def test_every_task_sees_the_same_bottom():
    torch.manual_seed(0)
    sharing = SharedBottom(5, tasks=3, width=6, dropout=0.0)
    out = sharing(torch.randn(4, 5), torch.zeros(4, dtype=torch.long))
    assert out.any()
    assert torch.equal(out[:, 0], out[:, 1])
    assert torch.equal(out[:, 0], out[:, 2])
