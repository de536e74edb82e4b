"""A bare training step: plain PyTorch on tensors in memory, with nothing that a user would ask of a library."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speed.shapes import EXPERT_WIDTH, EXPERTS, TOWER_WIDTH, Rows, Shape


class Bare(nn.Module):
    """One embedding table, eight experts in one product per layer, a gate and a tower for each task.

    Args:
        shape: What rows consist of.
        tasks: How many binary tasks.
        sparse: Whether the gradient of the table is sparse.
        dropout: Probability that a hidden unit is zeroed; 0 where none is.

    """

    starts: Tensor

    def __init__(self, shape: Shape, *, tasks: int, sparse: bool, dropout: float) -> None:
        super().__init__()
        sizes = torch.tensor(shape.sizes)
        self.register_buffer("starts", sizes.cumsum(0) - sizes)
        self.table = nn.Embedding(int(sizes.sum()), shape.width, sparse=sparse)
        dim = len(shape.sizes) * shape.width + shape.numbers
        self.first = nn.Linear(dim, EXPERTS * EXPERT_WIDTH)
        self.second = nn.Parameter(torch.randn(EXPERTS, EXPERT_WIDTH, EXPERT_WIDTH) / 8)
        self.bias = nn.Parameter(torch.zeros(EXPERTS, 1, EXPERT_WIDTH))
        self.gates = nn.Linear(dim, tasks * EXPERTS)
        self.towers = nn.ModuleList(
            nn.Sequential(
                nn.Linear(EXPERT_WIDTH, TOWER_WIDTH), nn.ReLU(), nn.Linear(TOWER_WIDTH, 1)
            )
            for _ in range(tasks)
        )
        self.dropout = dropout

    def forward(self, codes: Tensor, numbers: Tensor) -> Tensor:
        """Compute the logits [row, task]."""
        x = torch.cat([self.table(codes + self.starts).flatten(1), numbers], dim=1)
        hidden = self._drop(F.relu(self.first(x))).unflatten(1, (EXPERTS, -1)).transpose(0, 1)
        experts = self._drop(F.relu(torch.baddbmm(self.bias, hidden, self.second)))
        gates = self.gates(x).unflatten(1, (-1, EXPERTS)).softmax(dim=2)
        seen = torch.bmm(gates, experts.transpose(0, 1)).unbind(1)
        towers = zip(self.towers, seen, strict=True)
        return torch.cat([tower(mixed) for tower, mixed in towers], dim=1)

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout) if self.dropout else x


def new_step(
    shape: Shape, rows: Rows, *, sparse: bool, dropout: float = 0.0
) -> tuple[Callable[[], object], Bare]:
    """Build a network, and give what makes a step with it on the next rows."""
    torch.manual_seed(0)
    tasks = rows.labels.shape[1]
    model = Bare(shape, tasks=tasks, sparse=sparse, dropout=dropout)
    codes, numbers = torch.from_numpy(rows.codes), torch.from_numpy(rows.numbers)
    labels = torch.from_numpy(rows.labels).float()
    dense = [parameter for parameter in model.parameters() if parameter is not model.table.weight]
    dense += [] if sparse else [model.table.weight]
    optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(dense, lr=1e-3, fused=True)]
    if sparse:
        optimizers.append(torch.optim.SparseAdam([model.table.weight], lr=1e-3))
    order = iter(())

    def make() -> object:
        nonlocal order
        index = next(order, None)
        if index is None or len(index) < shape.batch:
            order = iter(torch.randperm(len(codes)).split(shape.batch))
            index = next(order)
        for optimizer in optimizers:
            optimizer.zero_grad()
        logits = model(codes[index], numbers[index])
        loss = F.binary_cross_entropy_with_logits(logits, labels[index])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss

    return make, model
