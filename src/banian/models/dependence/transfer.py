"""What the tower of a conditional task sees of the tasks that it is conditional on."""

from abc import ABC, abstractmethod
from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override


class AbstractTransfer(nn.Module, ABC):
    """A layer between the sharing and the towers, through which a task passes its representation on to others."""

    @abstractmethod
    def forward(self, x: Float[Tensor, "batch task width"]) -> Float[Tensor, "batch task width"]:
        """Map what the sharing made for each task to what its tower sees."""

    @abstractmethod
    def task_parameters(self, task: str) -> list[nn.Parameter]:
        """List the parameters that the loss of this task alone reaches."""

    @abstractmethod
    def hands_on(self, task: str) -> bool:
        """Say whether what the sharing made for this task reaches the loss of another."""


@final
class NoTransfer(AbstractTransfer):
    """Passes nothing on: a tower sees the representation of its own task."""

    @override
    def forward(self, x: Float[Tensor, "batch task width"]) -> Float[Tensor, "batch task width"]:
        return x

    @override
    def task_parameters(self, task: str) -> list[nn.Parameter]:
        return []

    @override
    def hands_on(self, task: str) -> bool:
        return False
