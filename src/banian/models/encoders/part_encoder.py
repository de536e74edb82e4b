"""The contract of what encodes the fields of one semantic type."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from jaxtyping import Float
from torch import Tensor, nn

from banian.batches import Block

Prepared = Mapping[str, Tensor]
"""Semantic type → what `prepare` gave for these fields of an entity."""


class AbstractPartEncoder(nn.Module, ABC):
    """Maps the fields of one semantic type of an entity to a vector.

    Args:
        dim: Units of the vector.

    """

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.dim = dim

    @abstractmethod
    def prepare(self, block: Block) -> Tensor:
        """Compute what every encoder of these fields needs, whatever its weights: once for all of them in a pass.

        Rows are the last axis.
        """

    @abstractmethod
    def forward(self, block: Block, prepared: Tensor) -> Float[Tensor, "batch dim"]:
        """Compute the vector of each row from what `prepare` gave; rows may be the last axis in memory."""

    def write(self, block: Block, prepared: Tensor, out: Float[Tensor, "dim batch"]) -> None:
        """Write the vector of each row into its column of `out`, where no gradient is asked for."""
        out.copy_(self(block, prepared).t())
