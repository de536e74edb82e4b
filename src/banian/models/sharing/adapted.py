"""Any sharing with low-rank adapters per task.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022.
"""

from typing import final

from jaxtyping import Float, Int
from torch import Tensor
from typing_extensions import override

from banian.models.sharing.adapter import AdaptedLinear
from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.linear import AbstractLinear


@final
class AdaptedSharing(AbstractSharing):
    """Passes the rows through the sharing once per task, each time with that task's adapters.

    They sit on the maps that all tasks share; maps of a task's own need none.
    """

    def __init__(self, trunk: AbstractSharing, *, tasks: int, rank: int) -> None:
        super().__init__()
        self.tasks = tasks
        self.trunk = trunk
        for parent in [*trunk.modules()]:
            for name, part in [*parent.named_children()]:
                if isinstance(part, AbstractLinear) and not part.is_owned:
                    parent.register_module(name, AdaptedLinear(part, tasks=tasks, rank=rank))

    @override
    def forward(
        self,
        x: Float[Tensor, "batch dim"],
        scene: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch task width"]:
        rows = x.unsqueeze(0).expand(self.tasks, -1, -1).flatten(0, 1)
        out = self.trunk(rows, scene.repeat(self.tasks))
        by_pass = out.unflatten(0, (self.tasks, len(x)))
        return by_pass.diagonal(dim1=0, dim2=2).transpose(1, 2)

    @override
    def penalty(self) -> Float[Tensor, ""]:
        return self.trunk.penalty()
