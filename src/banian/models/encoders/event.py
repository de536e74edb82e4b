"""The events of a row as vectors."""

from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, CategoryPart, Events, Fields
from banian.batches.events import move
from banian.models.encoders.parts import PartsEncoder
from banian.models.encoders.tables import EmbeddingTables
from banian.spec import NoContentSpec, NumbersSpec


@final
class EventEncoder(nn.Module):
    """Maps the fields and the age of each event that a row sees to a vector, by one linear map; the newest is first.

    Args:
        fields: What an event is described by, and how many of the newest a row sees.
        numbers: How numbers are encoded.
        categorical: Units of the vectors of the categorical fields together.
        width: Units of an event's vector.

    """

    def __init__(
        self, fields: Fields, numbers: NumbersSpec, *, categorical: int, width: int
    ) -> None:
        super().__init__()
        self.steps = fields.steps
        self.parts = PartsEncoder(fields, numbers, NoContentSpec())
        dim = categorical + self.parts.dim + 1
        self.map = nn.Linear(dim, width)

    @override
    def forward(
        self, events: Events, tables: EmbeddingTables, key: str
    ) -> tuple[Float[Tensor, "batch step width"], Bool[Tensor, "batch step"]]:
        """Compute the vectors and a mask: true where there is an event; the vectors elsewhere mean nothing."""
        steps = torch.arange(self.steps, device=events.first.device)
        is_there = steps < events.count.unsqueeze(1)
        at = torch.where(is_there, events.first.unsqueeze(1) + steps, 0).flatten()
        age = torch.where(is_there, events.age, 0).reshape(-1, 1)
        seen = Block(
            tuple(
                part.map(lambda tensor: move(tensor[at], tensor.device, age.dtype))
                for part in events.parts
            ),
            is_there.flatten(),
        )
        codes = torch.where(seen.present.unsqueeze(1), seen.part(CategoryPart).codes, 0)
        vectors = [age, *tables({key: codes}).values()]
        vectors += self.parts(seen, self.parts.prepare(seen))
        mapped: Tensor = self.map(torch.cat(vectors, dim=1))
        return mapped.unflatten(0, is_there.shape), is_there
