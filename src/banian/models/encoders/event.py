"""The events of a row as vectors."""

from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from typing_extensions import override

from banian.batches import Block, Events, Fields
from banian.models.encoders.numbers import build_numbers
from banian.models.encoders.tables import EmbeddingTables
from banian.spec import NumbersSpec


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
        self.numbers = build_numbers(numbers, fields) if fields.numeric else None
        dim = categorical + (self.numbers.dim if self.numbers else 0) + 1
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
            events.numeric[at].to(age.dtype),
            events.special[at],
            events.categorical[at],
            is_there.flatten(),
        )
        codes = torch.where(seen.present.unsqueeze(1), seen.categorical, 0)
        parts = [age, *tables({key: codes}).values()]
        if self.numbers:
            parts.append(self.numbers(seen))
        vectors: Tensor = self.map(torch.cat(parts, dim=1))
        return vectors.unflatten(0, is_there.shape), is_there
