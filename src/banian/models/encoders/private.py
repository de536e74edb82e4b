"""What a grain makes of the embedded fields of its entities for its own tasks, beside what all grains share."""

from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.encoders.entity import EntityEncoder
from banian.models.module_key import module_key


@final
class PrivateEncoder(nn.Module):
    """Mixes the embedded fields of each entity once more, and joins the vectors in the order of the entities' names.

    It has no tables of its own: a category has one vector, which all tasks train. Of ids it sees nothing, so that it
    says of a rare entity what its fields say.

    Args:
        dims: Entity → units of its embedded fields without those of ids, which come last.
        width: Units of each entity's vector.
        dropout: Probability that a hidden unit is zeroed in training.

    """

    def __init__(self, dims: Mapping[str, int], *, width: int, dropout: float) -> None:
        super().__init__()
        self.names = tuple(sorted(dims))
        self.dims = dict(dims)
        self.dim = len(dims) * width
        self.encoders = nn.ModuleDict(
            {
                module_key(name): EntityEncoder(max(dim, 1), width=width, dropout=dropout)
                for name, dim in sorted(dims.items())
            }
        )

    @override
    def forward(
        self,
        fields: Mapping[str, Float[Tensor, "batch _"]],
        present: Mapping[str, Bool[Tensor, " batch"]],
        rows: int,
    ) -> Float[Tensor, "batch dim"]:
        """Encode so many rows; an entity that is not among `fields` is absent from all of them."""
        return torch.cat(
            [
                self.encode(name, fields[name], present[name])
                if name in fields
                else self.encoder(name).absent.expand(rows, -1)
                for name in self.names
            ],
            dim=1,
        )

    def encode(
        self, name: str, fields: Float[Tensor, "batch _"], present: Bool[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        """Encode one entity of the rows."""
        dim = self.dims[name]
        seen = fields[:, :dim] if dim else present.unsqueeze(1).to(fields.dtype)
        vector: Tensor = self.encoder(name)(seen, present)
        return vector

    def encoder(self, name: str) -> EntityEncoder:
        """Give the part that encodes an entity."""
        encoder = self.encoders[module_key(name)]
        assert isinstance(encoder, EntityEncoder)
        return encoder
