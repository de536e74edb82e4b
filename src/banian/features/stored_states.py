"""States of all columns of an entity as a store holds them: where their parts stand, read at once for all asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias, final
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Bool, Int64
from typing_extensions import override

from banian.features.numbers import PARTS_OF_WINDOWS as NUMBERS
from banian.features.state import AbstractSnapshot, AbstractState, Part
from banian.features.stored_rows import Field
from banian.features.stored_track import StoredTrack
from banian.features.summary import PARTS_OF_WINDOWS as CATEGORIES
from banian.features.summary import ColumnKind
from banian.features.timeline import Timeline
from banian.features.windows import NOW, STEPS

_BACK = STEPS[1:]
"""All times ago at which states are read beside those of now."""
_OF_WINDOWS = {*NUMBERS, *CATEGORIES}
_Column: TypeAlias = tuple[int, str, str | None, float | None]
"""Number of its track, path, name and unit."""


@final
@dataclass(frozen=True)
class TrackPart:
    """What one segment says of a track.

    Args:
        track: what reads it.
        here: which of the asks it answers.
        timeline: its events, and where these asks stand among them.

    """

    track: StoredTrack
    here: Int64[np.ndarray, " here"]
    timeline: Timeline


@final
@dataclass(frozen=True)
class StateBlock:
    """Columns of one kind, and where the parts of their states stand.

    Args:
        names: path and name of each.
        kind: what they hold.
        tracks: of events, in which of the tracks each run is.
        units: by what whole numbers are divided.
        parts: part → its place among the parts.
        now: fields that are read of the state before each ask, part by part.
        back: part → its place among those that are read longer ago as well.
        then: the fields of these.

    """

    names: tuple[tuple[str, str | None], ...]
    kind: ColumnKind
    tracks: Int64[np.ndarray, " column"]
    units: np.ndarray | None
    parts: dict[Part, int]
    now: Int64[np.ndarray, "part column"]
    back: dict[Part, int]
    then: Int64[np.ndarray, "windowed column"]


@final
class StateLayout:
    """Where the states of all columns stand in one array of fields.

    Args:
        tracks: path, whether its events are counted and timed here, and what reads each segment that holds the columns
            in the same way.

    """

    def __init__(self, tracks: Sequence[tuple[str, bool, Sequence[StoredTrack]]]) -> None:
        self._now, self._then = _Fields(), _Fields()
        self._fields = [{field for one in alike for field in one.states} for *_, alike in tracks]
        columns: dict[tuple[ColumnKind, bool], list[_Column]] = {}
        for number, (path, is_at_row, alike) in enumerate(tracks):
            fields = list(dict.fromkeys(field for track in alike for field in track.states))
            self._now.add(fields)
            self._then.add([field for field in fields if field[2] in _OF_WINDOWS])
            if is_at_row:
                columns.setdefault(("event", False), []).append((number, path, None, None))
            for name, kind, unit in alike[0].columns:
                columns.setdefault((kind, unit is None), []).append((number, path, name, unit))
        self.blocks = [
            self._block(kind, has_no_unit, found) for (kind, has_no_unit), found in columns.items()
        ]
        """The columns, those of one kind together."""

    def holds(self, tracks: Sequence[Sequence[StoredTrack]]) -> bool:
        """Say whether other segments, those of each track, have no field beside those that stand here."""
        return all(
            one.states.keys() <= fields
            for fields, alike in zip(self._fields, tracks, strict=True)
            for one in alike
        )

    def read(self, parts: Sequence[Sequence[TrackPart]], asks: int) -> "StatesRead":
        """Read the states before some asks."""
        now = np.zeros((self._now.width + 1, asks), np.int64)
        then = np.zeros((self._then.width + 1, len(_BACK), asks), np.int64)
        for number, several in enumerate(parts):
            for one in several:
                steps = one.timeline.steps
                is_before = steps > one.timeline.first
                self._now.fill(now, number, one, steps[0], is_before[0])
                self._then.fill(then, number, one, steps[1:], is_before[1:])
        return StatesRead(now, then)

    def _block(
        self, kind: ColumnKind, has_no_unit: bool, columns: Sequence["_Column"]
    ) -> StateBlock:
        units = None if has_no_unit else np.array([unit for *_, unit in columns], np.float64)
        parts, now = self._now.places(columns)
        back, then = self._then.places(columns)
        return StateBlock(
            tuple((path, name) for _, path, name, _ in columns),
            kind,
            np.array([number for number, *_ in columns], np.int64),
            None if kind == "event" else units,
            parts,
            now,
            back,
            then,
        )


_Places: TypeAlias = tuple[Int64[np.ndarray, " field"], Bool[np.ndarray, " field"] | None]
"""Where the fields of a track stand in a row of a segment, and which of them it has not, if there are such."""


@final
class _Fields:
    """Fields of all tracks, one behind the other; behind the last of all stands one that is 0."""

    def __init__(self) -> None:
        self.width = 0
        self._at: dict[tuple[int, Field], int] = {}
        self._tracks: list[tuple[slice, Sequence[Field]]] = []
        self._places: list[WeakKeyDictionary[StoredTrack, _Places]] = []

    def add(self, fields: Sequence[Field]) -> None:
        """Take the fields of the next track."""
        stop = self.width + len(fields)
        number = len(self._tracks)
        self._tracks.append((slice(self.width, stop), fields))
        self._places.append(WeakKeyDictionary())
        self._at |= {(number, field): self.width + at for at, field in enumerate(fields)}
        self.width = stop

    def places(
        self, columns: Sequence[_Column]
    ) -> tuple[dict[Part, int], Int64[np.ndarray, "part column"]]:
        """Give the parts that some columns have, and where each stands; of a column that has it not, what is 0."""
        found: dict[Part, dict[int, int]] = {}
        wanted = {(number, name): at for at, (number, _, name, _) in enumerate(columns)}
        for (number, field), place in self._at.items():
            at = wanted.get((number, None if field[1] is None else str(field[1])))
            if at is not None:
                found.setdefault((str(field[2]), int(field[3] or 0)), {})[at] = place
        places = np.full((len(found), len(columns)), self.width)
        for row, part in enumerate(found.values()):
            places[row, list(part)] = list(part.values())
        return {part: row for row, part in enumerate(found)}, places

    def fill(
        self,
        into: Int64[np.ndarray, "field *step ask"],
        number: int,
        one: TrackPart,
        position: Int64[np.ndarray, "*step here"],
        is_there: Bool[np.ndarray, "*step here"],
    ) -> None:
        """Put the fields of a track before some positions of some asks in their places; 0 where no event is before."""
        part = self._tracks[number][0]
        (places, are_missing), rows = self._placed(number, one.track), one.track.rows.rows
        if not len(places) or not len(rows):
            return
        found = rows[(position - 1)[..., None], places]
        if not is_there.all():
            found[~is_there] = 0
        if are_missing is not None:
            found[..., are_missing] = 0
        found = found.transpose(found.ndim - 1, *range(found.ndim - 1))
        if len(one.here) == into.shape[-1]:
            into[part] = found
        else:
            into[part][..., one.here] = found

    def _placed(self, number: int, track: StoredTrack) -> _Places:
        """Give where the fields of a track stand in the rows of a segment, which is found out once."""
        known = self._places[number].get(track)
        if known is None:
            fields = self._tracks[number][1]
            found = np.array([track.states.get(field, -1) for field in fields], np.int64)
            known = found, found < 0 if (found < 0).any() else None
            self._places[number][track] = known
        return known


@final
@dataclass(frozen=True)
class StatesRead:
    """The fields of all states before some asks.

    Args:
        now: at each ask.
        then: longer ago, as `_BACK` says.

    """

    now: Int64[np.ndarray, "field ask"]
    then: Int64[np.ndarray, "windowed step ask"]


@final
class StoredState(AbstractState):
    """The state of the columns of one kind.

    Args:
        read: the fields of all.
        block: the columns.

    """

    def __init__(self, read: StatesRead, block: StateBlock) -> None:
        self._block, self._shape = block, (len(block.names), read.now.shape[1])
        self._now, self._then = read.now[block.now], read.then[block.then]

    @override
    def at(self, ago: timedelta | None) -> "StoredSnapshot":
        if ago is None:
            return StoredSnapshot({}, self._now, self._shape)
        if ago == NOW:
            return StoredSnapshot(self._block.parts, self._now, self._shape)
        return StoredSnapshot(self._block.back, self._then[:, :, _BACK.index(ago)], self._shape)


@final
class StoredSnapshot(AbstractSnapshot):
    """States at one time before each ask.

    Args:
        places: part → its place.
        values: all parts.
        shape: how many columns, and how many asks.

    """

    def __init__(
        self,
        places: dict[Part, int],
        values: Int64[np.ndarray, "part column ask"],
        shape: tuple[int, int],
    ) -> None:
        self._places, self._values, self._shape = places, values, shape

    @property
    @override
    def parts(self) -> Collection[Part]:
        return self._places.keys()

    @property
    @override
    def shape(self) -> tuple[int, int]:
        return self._shape

    @override
    def __getitem__(self, part: Part) -> Int64[np.ndarray, "column ask"]:
        place = self._places.get(part)
        return np.zeros(self._shape, np.int64) if place is None else self._values[place]
