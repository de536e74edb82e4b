"""Multi-task latent variables: a shared variational bottom.

Source: Qian et al., "Multi-Task Variational Information Bottleneck", 2020 (one latent code for all tasks);
Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, equation 10 and appendix B.
"""

from collections.abc import Sequence
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.layers import Experts, build_linear


@final
class LatentVariable(AbstractSharing):
    """Every task sees the same Gaussian code of the input: drawn in training, its mean otherwise.

    z = μ(x) + σ(x) ⊙ ε. The penalty is `weight` times the divergence of the code from a standard normal.

    Args:
        dim: Units of an input.
        tasks: Names of the tasks.
        width: Units of the representation of each task.
        weight: What the penalty is multiplied by.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.

    """

    def __init__(
        self,
        dim: int,
        *,
        tasks: Sequence[str],
        width: int,
        weight: float,
        dropout: float,
        members: int = 1,
    ) -> None:
        super().__init__()
        self.tasks = len(tasks)
        self.weight = weight
        self.bottom = Experts(
            dim, experts=1, width=width, dropout=dropout, members=members, first=True
        )
        self.moments = build_linear(width, maps=1, width=2 * width, members=members)
        self._drawn: tuple[Tensor, Tensor] | None = None

    @override
    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch task width"]:
        mean, log_variance = self.moments(self.bottom(x)).chunk(2, dim=2)
        code = mean
        if self.training:
            code = mean + (log_variance / 2).exp() * torch.randn_like(mean)
            self._drawn = (mean, log_variance)
        return code.expand(-1, self.tasks, -1)

    @override
    def penalty(self) -> Float[Tensor, ""]:
        if self._drawn is None:
            return torch.zeros(())
        (mean, log_variance), self._drawn = self._drawn, None
        rows = max(1, mean.shape[0])
        return self.weight * divergence(mean, log_variance).sum() / rows

    @override
    def __getstate__(self) -> dict[str, Any]:
        # A copy has drawn nothing: tensors inside a graph cannot be copied.
        return self.__dict__ | {"_drawn": None}


def divergence(
    mean: Float[Tensor, "*axes"], log_variance: Float[Tensor, "*axes"]
) -> Float[Tensor, "*axes"]:
    """Compute KL(N(μ, σ²) ‖ N(0, 1)) of each number, in nats.

    >>> divergence(torch.tensor([0.0, 2.0]), torch.zeros(2))
    tensor([0., 2.])
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2
