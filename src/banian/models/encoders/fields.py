"""The fields of an entity as vectors side by side."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Fields
from banian.models.encoders.part_encoder import Prepared
from banian.models.encoders.parts import PartsEncoder
from banian.spec import NumbersSpec, TextSpec


@final
class FieldsEmbedding(nn.Module):
    """Joins the vectors of all fields, those of the categorical ones last.

    Of an entity without fields it knows that it is there.

    Args:
        fields: What the entity is described by.
        numbers: How numbers are encoded.
        text: How texts are.
        categorical: Units of the vectors of its categorical fields together.

    """

    def __init__(
        self, fields: Fields, numbers: NumbersSpec, text: TextSpec, *, categorical: int
    ) -> None:
        super().__init__()
        self.parts = PartsEncoder(fields, numbers, text)
        self.dim = max(categorical + self.parts.dim, 1)

    def prepare(self, block: Block) -> Prepared:
        """Compute what every encoder of these fields needs, whatever its weights."""
        return self.parts.prepare(block)

    @override
    def forward(
        self, block: Block, prepared: Prepared, categorical: Float[Tensor, "batch categorical"]
    ) -> Float[Tensor, "batch dim"]:
        if not self.parts.dim:
            is_there = block.present.unsqueeze(1).to(categorical.dtype)
            return categorical if categorical.shape[1] else is_there
        # A graph has no places to write into, and copies the whole for each part that is written.
        if not torch.is_grad_enabled() and not torch.compiler.is_exporting():
            return self._write(block, prepared, categorical)
        # The vectors of numbers come with their rows last in memory: joined as they lie, nothing is turned around.
        vectors = [vector.t() for vector in self.parts(block, prepared)]
        if categorical.shape[1]:
            vectors.append(categorical.t())
        joined = vectors[0] if len(vectors) == 1 else torch.cat(vectors)
        return joined.t()

    def _write(
        self, block: Block, prepared: Prepared, categorical: Float[Tensor, "batch categorical"]
    ) -> Float[Tensor, "batch dim"]:
        """Write all vectors to where they are read; whichever are more stand as they come, the others are turned."""
        rows, width = categorical.shape
        if width > self.parts.dim:
            joined = categorical.new_empty(rows, self.dim).t()
        else:
            joined = categorical.new_empty(self.dim, rows)
        self.parts.write(block, prepared, joined[: self.parts.dim])
        joined[self.parts.dim :] = categorical.t()
        return joined.t()
