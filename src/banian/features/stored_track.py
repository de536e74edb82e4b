"""Stored events of a path whose columns become known together, found by the key of their entity."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias, final

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from banian.features.sequence import LENGTH, Newest
from banian.features.stored_keys import Keys
from banian.features.stored_rows import Field, StoredRows
from banian.features.summary import ColumnKind
from banian.features.timeline import Timeline

StoredColumn: TypeAlias = tuple[str, ColumnKind, float | None]
"""Name, kind and unit of a column; no unit where values are floats, or no numbers."""


@final
class StoredTrack:
    """The events of a path whose columns become known together, as they were stored.

    Args:
        rows: one for each event.
        columns: name, kind and unit of each column.

    """

    def __init__(self, rows: StoredRows, columns: Sequence[Mapping[str, Any]]) -> None:
        self.rows = rows
        """The rows of all events."""
        self.columns: tuple[StoredColumn, ...] = tuple(
            (one["name"], one["kind"], one["unit"]) for one in columns
        )
        """The columns."""
        self.tick = rows.rows[:, rows.places["tick",]] if rows.places else np.zeros(0, np.int64)
        """When each of them became known."""
        self._shown = [field for field in rows.places if field[0] == "shown"]

    @cached_property
    def states(self) -> dict[Field, int]:
        """The fields of states → their places in a row."""
        return {field: place for field, place in self.rows.places.items() if field[0] == "state"}

    def timeline(self, keys: Keys, at: Int64[np.ndarray, " ask"]) -> Timeline:
        """Give the events that some asks see, each about the entity of its key before its tick."""
        first, length = self.rows.find(keys)
        return Timeline(self.tick, first, first + length, at)

    def newest(self, ask: Int64[np.ndarray, " ask"], timeline: Timeline) -> Newest:
        """Give what sequences show of the events of a timeline, by asks of these numbers."""
        start = np.maximum(timeline.first, timeline.stop - LENGTH)
        size = timeline.stop - start
        behind = np.cumsum(size)
        position = np.arange(int(size.sum())) + np.repeat(start - behind + size, size)
        rows = self.rows.rows[position]
        shown = {}
        for field in self._shown:
            if field in self.rows.texts:
                shown[str(field[1])] = self.rows.words(rows, field).dictionary_encode()
            else:
                values = self.rows.floats(rows, field)
                shown[str(field[1])] = pa.array(values, mask=np.isnan(values))
        return Newest(ask, shown, behind - size, behind)
