"""The vectors of all categorical fields: few fused tables, and a table of ids for each entity.

Source: fused tables with a map from field to rows follow Ivchenko et al., "TorchRec: a PyTorch Domain Library for
Recommendation Systems", RecSys 2022, section 3.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from typing_extensions import override

from banian.features.codecs import FIRST, UNSEEN
from banian.models.module_key import module_key


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
    ids_of: str | None = None
    """The entity whose ids are its values; all fields of one entity's ids use the same rows."""


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
@dataclass(frozen=True)
class _Run:
    """Fields of an entity whose vectors stand side by side and come from one table."""

    entity: str
    place: int
    """Which run of the entity it is."""
    fields: tuple[TableField, ...]

    @property
    def width(self) -> int:
        """Units of all vectors together."""
        return sum(field.width for field in self.fields)


@final
class EmbeddingTables(nn.Module):
    """A table for all fields of one width, one with sparse gradients for long fields, and one for each entity's ids.

    Ids come and go, and may belong to somebody else than the rest of a network: so a table of ids holds nothing else.
    Its rows stand in the order of codes; new ids get rows at its end (`grow`), and whoever is to keep it for himself
    keeps one parameter (`models/ownership.py`). Which rows belong to a field, only `rows` knows.

    The vectors of an entity stand by width, of one width in the order of the fields.

    Args:
        fields: The fields that get rows in a table.
        sparse_rows: From so many codes on a field's table has sparse gradients.

    """

    def __init__(self, fields: Sequence[TableField], *, sparse_rows: int) -> None:
        super().__init__()
        self.rows: dict[tuple[str, str], TableRows] = {}
        """Entity and field → its rows."""
        self.dims = {field.entity: 0 for field in fields}
        """Entity → units of its fields' vectors together."""
        self.ids: dict[str, str] = {}
        """Entity whose ids have vectors → the table that holds them."""
        drawn: dict[str, list[Tensor]] = {}
        stands: dict[str, list[tuple[str, TableField]]] = {}
        sparse = set()
        for field in fields:
            is_long = field.size >= sparse_rows
            fused = f"width_{field.width}" + ("_sparse" if is_long and not field.ids_of else "")
            table = f"ids_{module_key(field.ids_of)}" if field.ids_of else fused
            if is_long:
                sparse.add(table)
            parts = drawn.setdefault(table, [])
            start = 0 if field.ids_of else sum(map(len, parts))
            if field.ids_of is None or not parts:
                parts.append(_draw(field))
            if field.ids_of is not None:
                self.ids[field.ids_of] = table
            self.rows[field.entity, field.name] = TableRows(table, start, start + field.size)
            self.dims[field.entity] += field.width
            stands.setdefault(field.entity, []).append((fused, field))
        self._runs: dict[str, list[_Run]] = {table: [] for table in drawn}
        for entity, found in stands.items():
            ordered = [field for _, field in sorted(found, key=lambda each: each[0])]
            by_table = groupby(ordered, key=lambda field: self.rows[field.entity, field.name].table)
            for place, (table, run) in enumerate(by_table):
                self._runs[table].append(_Run(entity, place, tuple(run)))
        self.tables = nn.ModuleDict(
            {
                name: nn.Embedding.from_pretrained(
                    parts[0] if len(parts) == 1 else torch.cat(parts),
                    freeze=False,
                    sparse=name in sparse,
                )
                for name, parts in sorted(drawn.items())
            }
        )

    @override
    def forward(
        self, codes: Mapping[str, Int[Tensor, "batch _"]]
    ) -> dict[str, Float[Tensor, "batch _"]]:
        """Map entity → codes of its fields to entity → their vectors side by side; entities may be missing.

        Entities may have different numbers of rows.
        """
        found: dict[str, dict[int, Tensor]] = {}
        for name, table in self.tables.items():
            runs = [run for run in self._runs[name] if run.entity in codes]
            if runs:
                at = [self._look_up(codes[run.entity], run.fields) for run in runs]
                looked_up = table(at[0] if len(at) == 1 else torch.cat(at))
                parts = [looked_up] if len(at) == 1 else looked_up.split([r.shape[0] for r in at])
                for run, part in zip(runs, parts, strict=True):
                    vectors = part.reshape(codes[run.entity].shape[0], run.width)
                    found.setdefault(run.entity, {})[run.place] = vectors
        return {
            entity: parts[0]
            if len(parts) == 1
            else torch.cat([parts[place] for place in sorted(parts)], dim=1)
            for entity, parts in found.items()
        }

    @torch.no_grad()
    def grow(
        self, sizes: Mapping[str, int], changed: Mapping[str, Sequence[int]]
    ) -> dict[Tensor, list[int]]:
        """Follow an update of ids: rows for new codes at the end of their table; no other row moves or changes.

        An id that takes a code, new or left by another, goes on with the vector that it had while it was unseen. Where
        there are more codes, the parameter is another one afterwards, which an optimizer has to be told
        (`Optimizers.thaw`).

        Args:
            sizes: Entity → how many codes its ids have now, at least as many as there are rows; entities whose ids have
                no table here are passed over.
            changed: Entity → codes that stand for another id now, or for none.

        Returns:
            Each table of ids, as a parameter, and its rows that start anew, those at its end left out.

        """
        anew = {}
        for entity, name in self.ids.items():
            table, size = self.tables[name], sizes.get(entity, 0)
            assert isinstance(table, nn.Embedding)
            rows_anew = list(changed.get(entity, ()))
            table.weight[rows_anew] = table.weight[UNSEEN].clone()
            new = size - table.num_embeddings
            if new > 0:
                rows = torch.cat([table.weight, table.weight[UNSEEN].expand(new, -1)])
                table.weight = nn.Parameter(rows, requires_grad=table.weight.requires_grad)
                table.num_embeddings = size
                for field, place in self.rows.items():
                    if place.table == name:
                        self.rows[field] = replace(place, stop=size)
            anew[table.weight] = rows_anew
        return anew

    def _look_up(self, codes: Tensor, fields: Sequence[TableField]) -> Int[Tensor, " row"]:
        """Find the rows of a table for the codes of some fields, field by field of each row of the batch."""
        starts = [self.rows[field.entity, field.name].start for field in fields]
        places = [field.place for field in fields]
        if places != list(range(codes.shape[1])):
            codes = codes.index_select(1, torch.tensor(places, device=codes.device))
        return (codes + torch.tensor(starts, device=codes.device)).flatten()


def _draw(field: TableField) -> Tensor:
    """Draw the first vectors of a field; absent and unseen stay neutral where training never meets them.

    Ids all start at zero: an entity that training met rarely stays what its fields make of it.
    """
    vectors = torch.zeros(field.size, field.width)
    if field.ids_of is None:
        bound = 1 / math.sqrt(field.width)
        vectors[FIRST:].uniform_(-bound, bound)
    return vectors
