"""Stored events as a stretch of a timeline: the state before a position is the row of the event before it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias, final

import numpy as np
import pyarrow as pa
from jaxtyping import Int64
from typing_extensions import override

from banian.features.sequence import LENGTH, Shown
from banian.features.source import Stretch
from banian.features.state import AbstractSnapshot, AbstractState, Part, Position
from banian.features.stored_keys import Keys
from banian.features.stored_rows import StoredRows
from banian.features.summary import ColumnKind, Columns
from banian.features.timeline import Timeline

_Places: TypeAlias = Mapping[Part, tuple[Int64[np.ndarray, " some"], Int64[np.ndarray, " some"]]]
"""Part of a state → which of the columns have it, and the places in a row at which they do."""


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
        self._tick = rows.rows[:, rows.places["tick",]] if rows.places else np.zeros(0, np.int64)
        self._gaps = _places_of(rows, [None])
        self._shown = [field for field in rows.places if field[0] == "shown"]
        alike: dict[tuple[ColumnKind, bool], list[Mapping[str, Any]]] = {}
        for column in columns:
            alike.setdefault((column["kind"], column["unit"] is None), []).append(column)
        self._columns = []
        for (kind, has_no_unit), found in alike.items():
            names = [one["name"] for one in found]
            units = None if has_no_unit else np.array([one["unit"] for one in found])
            self._columns.append((kind, names, units, _places_of(rows, names)))

    def stretch(
        self,
        ask: Int64[np.ndarray, " ask"],
        keys: Keys,
        at: Int64[np.ndarray, " ask"],
        *,
        has_gaps: bool,
    ) -> Stretch:
        """Give the events that some asks see, each about the entity of its key before its tick."""
        first, length = self.rows.find(keys)
        timeline = Timeline(self._tick, first, first + length, at)
        reader = _Reader(self.rows, first)
        gaps = _StoredState(reader, self._gaps, 1) if has_gaps else None
        columns = (
            Columns(names, kind, _StoredState(reader, places, len(names)), units)
            for kind, names, units, places in self._columns
        )
        return Stretch(ask, timeline, gaps, columns, lambda: self._newest(timeline))

    def _newest(self, timeline: Timeline) -> tuple[Shown, np.ndarray, np.ndarray]:
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
        return shown, behind - size, behind


@final
class _Reader:
    """Reads the rows before some positions, once for all columns."""

    def __init__(self, rows: StoredRows, first: Int64[np.ndarray, " ask"]) -> None:
        self._rows, self._first = rows, first
        self._read: dict[int, tuple[Position, Int64[np.ndarray, "ask field"]]] = {}

    def before(self, position: Position) -> Int64[np.ndarray, "ask field"]:
        """Give the rows before some positions; nothing has added up before the first of an entity."""
        # the position stands beside its rows, so that its id stays its own
        if id(position) not in self._read:
            rows = self._rows.take(position - 1, position > self._first)
            self._read[id(position)] = position, rows
        return self._read[id(position)][1]


@final
class _StoredState(AbstractState):
    """The state of some columns: so many of them, and where in a row their parts stand."""

    def __init__(self, reader: _Reader, places: _Places, width: int) -> None:
        self._reader, self._places, self._width = reader, places, width

    @override
    def at(self, position: Position) -> "_StoredSnapshot":
        return _StoredSnapshot(self._reader.before(position), self._places, self._width)


@final
class _StoredSnapshot(AbstractSnapshot):
    def __init__(self, rows: Int64[np.ndarray, "ask field"], places: _Places, width: int) -> None:
        self._rows, self._places, self._width = rows, places, width
        self._read: dict[Part, Int64[np.ndarray, "column ask"]] = {}

    @property
    @override
    def parts(self) -> Collection[Part]:
        return self._places.keys()

    @property
    @override
    def shape(self) -> tuple[int, int]:
        return self._width, len(self._rows)

    @override
    def __getitem__(self, part: Part) -> Int64[np.ndarray, "column ask"]:
        if part not in self._read:
            found = np.zeros(self.shape, np.int64)
            if part in self._places:
                which, place = self._places[part]
                found[which] = self._rows[:, place].T
            self._read[part] = found
        return self._read[part]


def _places_of(rows: StoredRows, names: Sequence[str | None]) -> _Places:
    """Say where in a row the parts of some columns stand; a part that a column does not have is 0."""
    found: dict[Part, list[tuple[int, int]]] = {}
    for field, place in rows.places.items():
        if field[0] == "state" and field[1] in names:
            part = str(field[2]), int(field[3] or 0)
            found.setdefault(part, []).append((names.index(field[1]), place))
    return {
        part: (np.array([at for at, _ in held]), np.array([place for _, place in held]))
        for part, held in found.items()
    }
