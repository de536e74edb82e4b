"""The contract of all that turns the events of a row into one vector."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from typing_extensions import override


class AbstractHistory(nn.Module, ABC):
    """Reads the events of a row in the light of what the row is about; no event is a learned vector.

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
        """Whatever stands where no event is plays no part: not in the result, nor in a gradient."""
        blanked = torch.where(is_there.unsqueeze(2), events, 0)
        read = self._read(query, blanked, is_there)
        return torch.where(is_there.any(dim=1, keepdim=True), read, self.nothing)

    @abstractmethod
    def _read(self, query: Tensor, events: Tensor, is_there: Tensor) -> Tensor:
        """Read events that are zero where there are none: [batch, width]; finite for a row without any."""
