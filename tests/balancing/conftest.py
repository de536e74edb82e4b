"""Tasks whose gradients are known: each loss is linear in all parameters."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import nn
from torch.nn.functional import embedding

from banian.balancing import AbstractBalance, Losses, MicroBatch, Update, build_balance
from banian.spec import BalanceSpec

FIRST = 2  # numbers in the first of the two shared parameters


class Shop:
    """Loss t is height + gradients[t] · shared + 2 · tower[t] + the sum of row t of a sparse table.

    `share` says how many labels each task has in an update, 0 where it is absent; its loss and gradient are in
    proportion. `order` numbers the tasks anew.
    """

    def __init__(self, gradients, share=None, *, height=5.0, order=None, penalty=0.0):
        gradients = torch.as_tensor(gradients, dtype=torch.float64)
        self.tasks, columns = gradients.shape
        self.order = list(range(self.tasks)) if order is None else list(order)
        self.gradients = gradients[self.order]
        share = torch.ones(self.tasks) if share is None else torch.as_tensor(share)
        self.share = share.double()[self.order]
        self.height, self.penalty = height, penalty
        self.shared = [
            nn.Parameter(torch.zeros(FIRST, dtype=torch.float64)),
            nn.Parameter(torch.zeros(columns - FIRST, 1, dtype=torch.float64)),
            nn.Parameter(torch.zeros(3, dtype=torch.float64)),  # no task reaches it
        ]
        self.towers = [nn.Parameter(torch.zeros((), dtype=torch.float64)) for _ in self.order]
        self.table = nn.Parameter(torch.zeros(self.tasks, 2, dtype=torch.float64))
        self.moves = 0

    @property
    def parameters(self):
        return [*self.shared, *self.towers, self.table]

    def build(self, spec: BalanceSpec, **options) -> AbstractBalance:
        names = {f"task {at}": f"grain {at % 2}" for at in range(self.tasks)}
        return build_balance(spec, names, **{"updates_per_epoch": 2} | options).double()

    def micro_batches(self, count: int = 1) -> list[MicroBatch]:
        return [
            MicroBatch(self.share / count, lambda _, n=count: self.lose(n)) for _ in range(count)
        ]

    def lose(self, count: int) -> Losses:
        theta = torch.cat([self.shared[0], self.shared[1].flatten()])
        values = []
        heights = torch.as_tensor(self.height).expand(self.tasks)
        for at, gradient in enumerate(self.gradients):
            row = embedding(torch.tensor([self.order[at]]), self.table, sparse=True).sum()
            loss = heights[at] + gradient @ theta + 2 * self.towers[at] + row
            share = self.share[at] / count
            values.append(share * loss if share else torch.zeros((), dtype=torch.float64))
        return Losses(values, self.penalty * theta.sum() / count)

    def update(
        self, balance: AbstractBalance, *, micro_batches: int = 1, rate: float = 0.0
    ) -> Update:
        for parameter in self.parameters:
            parameter.grad = None

        def move() -> None:
            self.moves += 1
            with torch.no_grad():
                for parameter in self.parameters:
                    if parameter.grad is not None:
                        parameter -= rate * parameter.grad

        return balance.update(self.micro_batches(micro_batches), self.shared, move)

    @property
    def gradient(self) -> torch.Tensor:
        """What the first two shared parameters are moved along; the third has none."""
        assert self.shared[2].grad is None
        return torch.cat([parameter.grad.flatten() for parameter in self.shared[:2]])


@pytest.fixture(scope="session")
def open_shop() -> Callable[..., Shop]:
    return Shop


@pytest.fixture(scope="session")
def draw_gradients() -> Callable[..., torch.Tensor]:
    """Rows that partly agree and partly do not, of different lengths."""

    def draw(tasks: int, columns: int = 5, seed: int = 0) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randn(tasks, columns, generator=generator, dtype=torch.float64)
        lengths = torch.rand(tasks, 1, generator=generator, dtype=torch.float64) * 3 + 0.2
        return rows * lengths

    return draw


def angle(one: Sequence[float] | torch.Tensor, other: torch.Tensor) -> float:
    """Cosine."""
    one = torch.as_tensor(one, dtype=torch.float64)
    return float(one @ other / (one.norm() * other.norm()))


@pytest.fixture(scope="session")
def cosine() -> Callable[..., float]:
    return angle
