"""What a task sees through encoders of its own."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Batch
from banian.models.encoders.entities import EntitiesEncoder


@final
class View(nn.Module):
    """Encodes the entities that rows of a task can have; those of others stay 0, so that all views are equally wide."""

    def __init__(self, encoder: EntitiesEncoder, *, among: tuple[str, ...]) -> None:
        super().__init__()
        self.encoder = encoder
        self.places = tuple(
            encoder.names.index(name) if name in encoder.names else None for name in among
        )

    @override
    def forward(self, batch: Batch) -> Float[Tensor, "batch dim"]:
        seen = self.encoder(batch).unflatten(1, (len(self.encoder.names), -1)).unbind(1)
        nothing = torch.zeros_like(seen[0])
        return torch.cat([nothing if at is None else seen[at] for at in self.places], dim=1)
