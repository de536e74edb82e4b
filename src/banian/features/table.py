"""What was known of an entity, row by row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int

Column: TypeAlias = pa.Array | pa.ChunkedArray


@final
@dataclass(frozen=True)
class EntityFeatures:
    """What was known of one entity, row by row."""

    present: Bool[np.ndarray, " row"]
    """Whether the row has such an entity."""
    columns: pa.Table
    """Feature → float64 or string; null where nothing was known. Sorted by name."""
    sequences: Mapping[str, pa.Table] = field(default_factory=dict)
    """Path of events → column → the newest values that were known, the newest first. The lists of a row are equally
    long throughout a table; columns that become known later than their event have tables of their own. None where the
    model reads no sequences."""
    ids: pa.Array | None = None
    """Which entity it is, as text, null where there is none; nothing where the row itself is what is described."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Column of a sequence → the entity that it names."""

    def take(self, index: Int[np.ndarray, " chosen"]) -> "EntityFeatures":
        """Select rows."""
        return replace(
            self,
            present=self.present[index],
            columns=self.columns.take(index),
            sequences={name: lists.take(index) for name, lists in self.sequences.items()},
            ids=None if self.ids is None else self.ids.take(pa.array(index)),
        )

    def slice(self, start: int, most: int) -> "EntityFeatures":
        """Take at most so many rows from `start` on, as they lie in memory."""
        return replace(
            self,
            present=self.present[start : start + most],
            columns=self.columns.slice(start, most),
            sequences={name: lists.slice(start, most) for name, lists in self.sequences.items()},
            ids=None if self.ids is None else self.ids.slice(start, most),
        )


def merge_columns(parts: Iterable[Mapping[str, Column]], *, rows: int) -> pa.Table:
    """Put the features of an entity side by side, sorted by name."""
    columns = {name: column for part in parts for name, column in part.items()}
    if not columns:
        return pa.table({"": pa.nulls(rows, pa.float64())}).select([])
    return pa.table({name: columns[name] for name in sorted(columns)})


def by_name(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Give the columns of a table by name."""
    return dict(zip(table.column_names, table.columns, strict=True))
