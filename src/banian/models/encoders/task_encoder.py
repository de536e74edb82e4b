"""Encoders of a task's own, beside those that all tasks share (a view)."""

from collections.abc import Mapping
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from banian.models.encoders.entities import EntitiesEncoder
from banian.models.encoders.joined_rows import JoinedRows
from banian.models.encoders.part_encoder import Prepared


@final
class TaskEncoder(nn.Module):
    """Encodes the entities that rows of a task can have; all else stays 0, so that every view has the same `dim`.

    Args:
        encoder: Encodes the entities that rows of the task can have.
        among: Names of the entities of all tasks, in the order in which their vectors stand.
        dim: Units of the result.

    """

    def __init__(self, encoder: EntitiesEncoder, *, among: tuple[str, ...], dim: int) -> None:
        super().__init__()
        self.encoder, self.dim = encoder, dim
        self.places = tuple(
            encoder.names.index(name) if name in encoder.names else None for name in among
        )

    @override
    def forward(
        self, rows: JoinedRows, prepared: Mapping[str, Prepared]
    ) -> Float[Tensor, "row dim"]:
        return self.arrange(self.encoder(rows, self.encoder.embed(rows, prepared)))

    def arrange(self, encoded: Float[Tensor, "row _"]) -> Float[Tensor, "row dim"]:
        """Put the vectors of the encoder's entities where those of all entities stand, 0 elsewhere."""
        seen = encoded.unflatten(1, (len(self.encoder.names), -1)).unbind(1)
        nothing = torch.zeros_like(seen[0])
        parts = [nothing if at is None else seen[at] for at in self.places]
        found = torch.cat(parts, dim=1)
        return F.pad(found, (0, self.dim - found.shape[1]))
