"""The vectors of all categorical fields, fused into few tables.

Source: fused tables with a map from field to rows follow Ivchenko et al., "TorchRec: a PyTorch Domain Library for
Recommendation Systems", RecSys 2022, section 3.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

KNOWN = 2
"""The first code of a known value; before it stand absent and unseen."""


@final
@dataclass(frozen=True)
class TableField:
    """A categorical field that is to have rows in a table."""

    entity: str
    """Name of the entity, or key of a sequence of events."""
    name: str
    """Name of the field."""
    place: int
    """Where its code stands among those of its entity."""
    size: int
    """How many codes it has."""
    width: int
    """Units of its vectors."""
    starts_neutral: bool = False
    """Whether known values start at zero too, as absent and unseen do."""
    shares: tuple[str, str] | None = None
    """Entity and name of an earlier field whose rows it uses instead of own ones."""


@final
@dataclass(frozen=True)
class TableRows:
    """Where the vectors of a field are: its code 0 is at `start`, its last code before `stop`."""

    table: str
    """Name of the table."""
    start: int
    """Row of the field's first code."""
    stop: int
    """Row behind that of its last code."""


@final
class EmbeddingTables(nn.Module):
    """One table for all fields of one width; fields of so many codes go to one whose gradient is sparse.

    Which rows belong to a field, only `rows` knows: a field can grow, move or leave without a change to any other.

    Args:
        fields: The fields that get rows in a table; one that shares another's rows comes after it.
        sparse_rows: From so many codes on a field's table has sparse gradients.

    """

    def __init__(self, fields: Sequence[TableField], *, sparse_rows: int) -> None:
        super().__init__()
        self.rows: dict[tuple[str, str], TableRows] = {}
        """Entity and field → its rows."""
        self.dims = {field.entity: 0 for field in fields}
        """Entity → units of its fields' vectors together."""
        self._groups: dict[str, dict[str, list[TableField]]] = {}
        parts: dict[str, list[Tensor]] = {}
        for field in fields:
            if field.shares is None:
                table = f"width_{field.width}" + ("_sparse" if field.size >= sparse_rows else "")
                start = sum(map(len, parts.setdefault(table, [])))
                parts[table].append(_draw(field))
                rows = TableRows(table, start, start + field.size)
            else:
                rows = self.rows[field.shares]
            self.rows[field.entity, field.name] = rows
            self.dims[field.entity] += field.width
            self._groups.setdefault(rows.table, {}).setdefault(field.entity, []).append(field)
        self.tables = nn.ModuleDict(
            {
                name: nn.Embedding.from_pretrained(
                    torch.cat(drawn), freeze=False, sparse=name.endswith("_sparse")
                )
                for name, drawn in sorted(parts.items())
            }
        )

    @override
    def forward(
        self, codes: Mapping[str, Int[Tensor, "batch _"]]
    ) -> dict[str, Float[Tensor, "batch _"]]:
        """Map entity → codes of its fields to entity → their vectors side by side; entities may be missing."""
        found: dict[str, list[Tensor]] = {}
        for name, table in self.tables.items():
            group = {e: fields for e, fields in self._groups[name].items() if e in codes}
            if group:
                at = [self._look_up(codes[entity], fields) for entity, fields in group.items()]
                vectors = table(torch.cat(at, dim=1))
                counts = [len(fields) for fields in group.values()]
                for entity, part in zip(group, vectors.split(counts, dim=1), strict=True):
                    found.setdefault(entity, []).append(part.flatten(1))
        return {entity: torch.cat(parts, dim=1) for entity, parts in found.items()}

    def _look_up(self, codes: Tensor, fields: list[TableField]) -> Tensor:
        starts = [self.rows[field.entity, field.name].start for field in fields]
        places = [field.place for field in fields]
        return codes[:, places] + torch.tensor(starts, device=codes.device)


def _draw(field: TableField) -> Tensor:
    """Draw the first vectors of a field; absent and unseen stay neutral where training never meets them."""
    vectors = torch.zeros(field.size, field.width)
    if not field.starts_neutral:
        bound = 1 / math.sqrt(field.width)
        vectors[KNOWN:].uniform_(-bound, bound)
    return vectors
