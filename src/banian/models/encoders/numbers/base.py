"""The contract of all that turns numbers into vectors."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block
from banian.models.encoders.numbers.components import number_components
from banian.models.encoders.part_encoder import AbstractPartEncoder


class AbstractNumbers(AbstractPartEncoder):
    """Embeds every number of an entity by maps of its own; special values by a table.

    An ordinary value leaves the table out, a special one is its row of the table and nothing else, and of an absent
    entity nothing is left at all.

    Args:
        fields: How many numbers there are.
        specials: How many codes a value can have: 0 of an ordinary one, then those of special ones.
        width: Units of each number's vector.
        bins: Bins of the rank among a number's components.

    """

    def __init__(self, fields: int, *, specials: int, width: int, bins: int) -> None:
        super().__init__(dim=fields * width)
        self.specials, self.bins = specials, bins
        # From zero, so that a special value which training never met stays neutral.
        self.special = nn.Embedding.from_pretrained(
            torch.zeros(fields * specials, width), freeze=False
        )

    @override
    def prepare(self, block: Block) -> Float[Tensor, "field component batch"]:
        return number_components(
            block, bins=self.bins, specials=self.specials, dtype=self.special.weight.dtype
        )

    def _table(self) -> Float[Tensor, "field code width"]:
        """Give the rows of the special values, that of ordinary ones left out."""
        table = self.special.weight
        return table.view(-1, self.specials, table.shape[1])[:, 1:]
