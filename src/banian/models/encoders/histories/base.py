"""The contract of all that turns the events of a row into one vector."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from typing_extensions import override


class AbstractHistory(nn.Module, ABC):
    """Maps the events of a row, and a query made of its entities, to a vector; a row without events has a learned one.

    Args:
        width: Units of an event, of the query and of the result.

    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(width))

    @override
    def forward(
        self,
        query: Float[Tensor, "batch width"],
        events: Float[Tensor, "batch step width"],
        is_there: Bool[Tensor, "batch step"],
    ) -> Float[Tensor, "batch width"]:
        """Compute the vector of each row; where `is_there` is false, `events` act on neither result nor gradient."""
        blanked = torch.where(is_there.unsqueeze(2), events, 0)
        read = self._read(query, blanked, is_there)
        return torch.where(is_there.any(dim=1, keepdim=True), read, self.nothing)

    @abstractmethod
    def _read(self, query: Tensor, events: Tensor, is_there: Tensor) -> Tensor:
        """Compute the vector of each row [batch, width], finite also without any; `events` are 0 where none is."""
