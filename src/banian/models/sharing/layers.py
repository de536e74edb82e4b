"""The layers that every sharing is made of: linear maps side by side, plain or of an ensemble, and experts.

Source of the ensemble: Gorishniy et al., "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling",
ICLR 2025, equation 1 and "TabM" in section 3.2, after Wen et al., "BatchEnsemble", ICLR 2020.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.batch_ensemble import split_members
from banian.models.dropout import Dropout
from banian.models.module_key import module_key


@final
class SharedParameter(nn.Module):
    """A tensor that every task trains.

    Args:
        values: What it starts at.

    """

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.value = nn.Parameter(values)

    @override
    def forward(self) -> Tensor:
        return self.value


@final
class TaskParameters(nn.Module):
    """A tensor whose first axis is cut into equal parts, one parameter for each task.

    Each parameter is named by its task: `by_task.of_churn` is that of the task `churn`, whatever other tasks there are.
    Balancing must keep what a single task trains apart from what several train.

    Args:
        values: What the whole tensor starts at; its first axis is a multiple of the number of tasks.
        tasks: Names of the tasks, in the order of their parts.
        owned: Whether each task alone trains its part; not so where later layers pass on what comes of it.

    """

    def __init__(self, values: Tensor, *, tasks: Sequence[str], owned: bool) -> None:
        super().__init__()
        self.owned = owned
        parts = values.unflatten(0, (len(tasks), -1)).unbind()
        named = zip(tasks, parts, strict=True)
        self.by_task = nn.ParameterDict({module_key(task): part.clone() for task, part in named})

    @override
    def forward(self) -> Tensor:
        return torch.cat(list(self.by_task.values()))


def build_parameter(
    values: Tensor, *, tasks: Sequence[str] | None, owned: bool = True
) -> SharedParameter | TaskParameters:
    """Keep a tensor as it is or, with `tasks`, as a part of its first axis for each of them, see `TaskParameters`."""
    if tasks is None:
        return SharedParameter(values)
    return TaskParameters(values, tasks=tasks, owned=owned)


def task_parameters(module: nn.Module, task: str) -> list[nn.Parameter]:
    """List the parameters of a module that one task alone trains."""
    key = module_key(task)
    parts = (part for part in module.modules() if isinstance(part, TaskParameters))
    return [part.by_task[key] for part in parts if part.owned]


class AbstractLinear(nn.Module, ABC):
    """Linear maps of equal shape, all in one product: of one input, or each of its own."""

    dim: int
    """Units of an input."""
    maps: int
    """How many maps; a single one may also be used for several inputs."""
    width: int
    """Units of an output."""
    is_owned: bool
    """Whether each task has maps among them that it alone trains."""

    @abstractmethod
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        """Map each row; row b of the result depends on row b of the input alone."""


@final
class Linear(AbstractLinear):
    """Maps that start as `nn.Linear` does: uniform within 1/√dim.

    Args:
        dim: Units of an input.
        maps: How many maps.
        width: Units of an output.
        tasks: Names of the tasks that have an equal part of the maps each; None where the maps are of no task.
        owned: Whether each task alone trains its part.

    """

    def __init__(
        self,
        dim: int,
        *,
        maps: int,
        width: int,
        tasks: Sequence[str] | None = None,
        owned: bool = True,
    ) -> None:
        super().__init__()
        self.dim, self.maps, self.width = dim, maps, width
        self.is_owned = tasks is not None and owned
        bound = 1 / math.sqrt(dim)
        weight = torch.empty(maps, width, dim).uniform_(-bound, bound)
        self.weight = build_parameter(weight, tasks=tasks, owned=owned)
        bias = torch.empty(maps, width).uniform_(-bound, bound)
        self.bias = build_parameter(bias, tasks=tasks, owned=owned)

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        return _multiply(x, self.weight(), self.bias())


@final
class EnsembleLinear(AbstractLinear):
    """Maps whose weights all members of an ensemble share: member m computes s_m ⊙ W(r_m ⊙ x) + b_m.

    The members of a row stand next to each other on the batch axis. r and s start at 1, and all b_m at the same values.

    Args:
        dim: Units of an input.
        maps: How many maps.
        width: Units of an output.
        members: How many members the ensemble has.
        first: Whether the input comes from `MemberInput`, which has applied r already: the layer then has none.
        tasks: Names of the tasks that have an equal part of the maps each; None where the maps are of no task.
        owned: Whether each task alone trains its part.

    """

    def __init__(
        self,
        dim: int,
        *,
        maps: int,
        width: int,
        members: int,
        first: bool,
        tasks: Sequence[str] | None = None,
        owned: bool = True,
    ) -> None:
        super().__init__()
        self.dim, self.maps, self.width = dim, maps, width
        self.is_owned = tasks is not None and owned
        self.members = members
        bound = 1 / math.sqrt(dim)
        weight = torch.empty(maps, width, dim).uniform_(-bound, bound)
        self.weight = build_parameter(weight, tasks=tasks, owned=owned)
        bias = torch.empty(maps, 1, width).uniform_(-bound, bound)
        self.bias = build_parameter(bias.repeat(1, members, 1), tasks=tasks, owned=owned)
        self.scale_out = build_parameter(torch.ones(maps, members, width), tasks=tasks, owned=owned)
        self.scale_in = (
            None
            if first
            else build_parameter(torch.ones(maps, members, dim), tasks=tasks, owned=owned)
        )

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"]
    ) -> Float[Tensor, "batch map width"]:
        if self.scale_in is not None:
            x = (split_members(x, self.members) * self.scale_in().transpose(0, 1)).flatten(0, 1)
        out = split_members(_multiply(x, self.weight()), self.members)
        scale, bias = self.scale_out().transpose(0, 1), self.bias().transpose(0, 1)
        return torch.addcmul(bias, out, scale).flatten(0, 1)


def build_linear(
    dim: int,
    *,
    maps: int,
    width: int,
    members: int,
    first: bool = False,
    tasks: Sequence[str] | None = None,
    owned: bool = True,
) -> AbstractLinear:
    """Build plain maps for one member, else those of an ensemble; the arguments are those of `EnsembleLinear`."""
    if members == 1:
        return Linear(dim, maps=maps, width=width, tasks=tasks, owned=owned)
    return EnsembleLinear(
        dim, maps=maps, width=width, members=members, first=first, tasks=tasks, owned=owned
    )


@final
class Experts(nn.Module):
    """Two-layer perceptrons of equal shape, all in one product per layer.

    All groups see one and the same input, or each its own.

    Args:
        dim: Units of an input.
        groups: How many groups of experts; with `tasks` a multiple of their number.
        experts: How many experts each group has.
        width: Units of the hidden layer and of the output of each expert.
        dropout: Probability that a unit is zeroed in training.
        members: How many members the ensemble has.
        first: Whether the input is that of the sharing, see `EnsembleLinear`.
        tasks: Names of the tasks that have an equal part of the groups each; None where the experts are of no task.
        owned: Whether each task alone trains its part.

    """

    def __init__(
        self,
        dim: int,
        *,
        groups: int = 1,
        experts: int,
        width: int,
        dropout: float,
        members: int = 1,
        first: bool = False,
        tasks: Sequence[str] | None = None,
        owned: bool = True,
    ) -> None:
        super().__init__()
        self.shape = (groups * experts, width)
        self.dropout = Dropout(dropout)
        self.first = build_linear(
            dim,
            maps=groups,
            width=experts * width,
            members=members,
            first=first,
            tasks=tasks,
            owned=owned,
        )
        self.second = build_linear(
            width, maps=groups * experts, width=width, members=members, tasks=tasks, owned=owned
        )

    @override
    def forward(
        self, x: Float[Tensor, "batch dim"] | Float[Tensor, "batch group dim"]
    ) -> Float[Tensor, "batch expert width"]:
        hidden = (
            F.relu(self.dropout(self.first(x)), inplace=True).flatten(1).unflatten(1, self.shape)
        )
        return F.relu(self.dropout(self.second(hidden)), inplace=True)


def _multiply(
    x: Float[Tensor, "batch dim"] | Float[Tensor, "batch map dim"],
    weight: Float[Tensor, "_ width dim"],
    bias: Float[Tensor, "_ width"] | None = None,
) -> Float[Tensor, "batch map width"]:
    """Apply maps to one input, or each to its own, or a single map to several."""
    if bias is not None and not torch.is_grad_enabled():
        # Added in place: what a product is to be added to is written out first, which takes longer.
        return _multiply(x, weight).add_(bias)
    if x.ndim == 2:
        joined = None if bias is None else bias.flatten()
        return F.linear(x, weight.flatten(0, 1), joined).unflatten(1, weight.shape[:2])
    if len(weight) == 1:
        return F.linear(x, weight[0], None if bias is None else bias[0])
    # Maps first in memory: each product is then one of whole matrices, and the next layer finds it so.
    each, maps = x.transpose(0, 1), weight.transpose(1, 2)
    out = torch.bmm(each, maps) if bias is None else torch.baddbmm(bias.unsqueeze(1), each, maps)
    return out.transpose(0, 1)


def weigh_experts(
    gates: Float[Tensor, "batch mix expert"],
) -> Float[Tensor, "batch mix expert"]:
    """Turn the logits of gates into weights that sum to 1 over experts.

    The softmax runs over the first axis in memory: over a last axis of a few numbers it takes four times as long.
    """
    return gates.permute(2, 0, 1).contiguous().softmax(dim=0).permute(1, 2, 0)
