"""The contract of all that turns numbers into vectors."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

from banian.batches import Block


class AbstractNumbers(nn.Module, ABC):
    """Embeds every number of an entity by maps of its own; special values by a table.

    An ordinary value leaves the table out, a special one is its row of the table and nothing else, and of an absent
    entity nothing is left at all.

    Args:
        fields: How many numbers there are.
        specials: How many codes a value can have: 0 of an ordinary one, then those of special ones.
        width: Units of each number's vector.

    """

    def __init__(self, fields: int, *, specials: int, width: int) -> None:
        super().__init__()
        self.dim = fields * width
        self.specials = specials
        # From zero, so that a special value which training never met stays neutral.
        self.special = nn.Embedding.from_pretrained(
            torch.zeros(fields * specials, width), freeze=False
        )

    @abstractmethod
    def forward(self, block: Block) -> Float[Tensor, "batch dim"]:
        """Compute the vectors of all numbers of each row, side by side; rows may be the last axis in memory."""

    def _table(self) -> Float[Tensor, "field code width"]:
        """Give the rows of the special values, that of ordinary ones left out."""
        table = self.special.weight
        return table.view(-1, self.specials, table.shape[1])[:, 1:]
