"""All entities of a row as one vector."""

from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch, Fields
from banian.models.encoders.entity import EntityEncoder
from banian.models.slot import slot


@final
class EntitiesEncoder(nn.Module):
    """Joins the vectors of the entities, in the order of their names.

    An entity that a batch does not carry is absent from all its rows, so that batches of every
    grain come out equally wide.
    """

    def __init__(self, fields: Mapping[str, Fields], *, width: int, dropout: float) -> None:
        super().__init__()
        self.names = tuple(sorted(fields))
        self.dim = len(self.names) * width
        self.encoders = nn.ModuleDict(
            {
                slot(name): EntityEncoder(fields[name], width=width, dropout=dropout)
                for name in self.names
            }
        )

    @override
    def forward(self, batch: Batch) -> Float[Tensor, "batch dim"]:
        return torch.cat([self._encode(name, batch) for name in self.names], dim=1)

    def _encode(self, name: str, batch: Batch) -> Tensor:
        encoder = self.encoders[slot(name)]
        assert isinstance(encoder, EntityEncoder)
        if name in batch.blocks:
            vector: Tensor = encoder(batch.blocks[name])
            return vector
        return encoder.absent.expand(batch.scene.shape[0], -1)
