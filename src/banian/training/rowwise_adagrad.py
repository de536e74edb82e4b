"""Adagrad with one accumulator per row of a table.

Source: Duchi et al., "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR 12, 2011;
one accumulator per row after Mudigere et al., "Software-Hardware Co-design for Fast and Scalable Training of Deep
Learning Recommendation Models", ISCA 2022, section 4.1.4.
"""

from collections.abc import Iterable
from typing import Any, final

import torch
from torch import Tensor
from torch.optim import Optimizer
from typing_extensions import override

_EPS = 1e-10


@final
class RowwiseAdagrad(Optimizer):
    """Updates the rows of tables that a sparse gradient names, and no other.

    With g the gradient of row r: aᵣ ← aᵣ + mean(g²), then wᵣ ← wᵣ − rate · g / (√aᵣ + ε).

    Args:
        groups: Groups of tables, as every optimizer of torch takes them.
        lr: The rate, where a group names no other.

    """

    def __init__(self, groups: Iterable[dict[str, Any]], *, lr: float) -> None:
        super().__init__(groups, {"lr": lr})
        for group in self.param_groups:
            for table in group["params"]:
                self.state[table]["sum"] = table.new_zeros(len(table))

    @override
    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        with torch.enable_grad():
            loss = None if closure is None else closure()
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    _update(table, self.state[table]["sum"], group["lr"])
        return loss


def _update(table: Tensor, total: Tensor, rate: float) -> None:
    assert table.grad is not None
    gradient = table.grad.coalesce()
    rows, values = gradient.indices()[0], gradient.values()
    seen = total.index_select(0, rows).add_(values.square().mean(dim=1))
    total.index_copy_(0, rows, seen)
    length = seen.sqrt_().add_(_EPS).unsqueeze(1)
    table.index_copy_(0, rows, table.index_select(0, rows).addcdiv_(values, length, value=-rate))
