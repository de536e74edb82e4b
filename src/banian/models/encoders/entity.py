"""One entity of a row as a vector; an absent one is a learned vector."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Fields
from banian.models.encoders.part_encoder import Prepared
from banian.models.encoders.tabular import TabularEncoder
from banian.spec import ModelSpec


@final
class EntityEncoder(nn.Module):
    """Encodes the fields of an entity; where it is absent, a learned vector takes its place.

    Args:
        fields: What the entity is described by.
        spec: How its numbers are encoded.
        categorical: Units of the vectors of its categorical fields together.
        width: Units of the entity's vector.

    """

    def __init__(self, fields: Fields, spec: ModelSpec, *, categorical: int, width: int) -> None:
        super().__init__()
        self.fields = TabularEncoder(fields, spec, categorical=categorical, width=width)
        self.absent = nn.Parameter(torch.zeros(width))

    def prepare(self, block: Block) -> Prepared:
        """Compute what every encoder of these fields needs, whatever its weights."""
        return self.fields.prepare(block)

    @override
    def forward(
        self, block: Block, prepared: Prepared, categorical: Float[Tensor, "batch categorical"]
    ) -> Float[Tensor, "batch width"]:
        encoded = self.fields(block, prepared, categorical)
        return torch.where(block.present.unsqueeze(1), encoded, self.absent)
