"""Adam for the rows of a table that a step looked up.

Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1, lazily: the moments of a
row stand still while no step meets it. torch's SparseAdam computes the same by adding sparse tensors to dense ones,
which takes many times as long.
"""

import math
from collections.abc import Iterable
from typing import Any, final

import torch
from torch import Tensor
from torch.optim import Optimizer
from typing_extensions import override

_FIRST, _SECOND = 0.9, 0.999
_EPS = 1e-10
"""Added to a moment before its correction, where the 1e-8 of AdamW would be felt."""


@final
class LazyAdam(Optimizer):
    """Updates the rows of tables that a sparse gradient names, and no other.

    With g the gradient of a row, m and v its moments and t the steps made: m ← .9 m + .1 g, v ← .999 v + .001 g², then
    w ← w − rate · √(1 − .999ᵗ) / (1 − .9ᵗ) · m / (√v + ε).

    Args:
        groups: Groups of tables, as every optimizer of torch takes them.
        lr: The rate, where a group names no other.

    """

    def __init__(self, groups: Iterable[dict[str, Any]], *, lr: float) -> None:
        super().__init__(groups, {"lr": lr})
        for group in self.param_groups:
            for table in group["params"]:
                self.state[table] |= {
                    "step": torch.zeros(()),
                    "first": torch.zeros_like(table),
                    "second": torch.zeros_like(table),
                }

    @override
    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        with torch.enable_grad():
            loss = None if closure is None else closure()
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    _update(table, self.state[table], group["lr"])
        return loss


def _update(table: Tensor, state: dict[str, Tensor], rate: float) -> None:
    assert table.grad is not None
    gradient = table.grad.coalesce()
    rows, values = gradient.indices()[0], gradient.values()
    state["step"] += 1
    steps = state["step"].item()
    first = state["first"].index_select(0, rows).lerp_(values, 1 - _FIRST)
    second = state["second"].index_select(0, rows).mul_(_SECOND)
    second.addcmul_(values, values, value=1 - _SECOND)
    state["first"].index_copy_(0, rows, first)
    state["second"].index_copy_(0, rows, second)
    size = rate * math.sqrt(1 - _SECOND**steps) / (1 - _FIRST**steps)
    moved = table.index_select(0, rows).addcdiv_(first, second.sqrt_().add_(_EPS), value=-size)
    table.index_copy_(0, rows, moved)
