"""The histories of an entity as a store holds them: all paths are read, and all columns of a kind reckoned, at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Int64
from typing_extensions import override

from banian.features.entity_plan import HistoryPlan
from banian.features.groups import KnownTogether
from banian.features.path import EventPath
from banian.features.sequence import Newest
from banian.features.source import Stretch
from banian.features.stored_keys import Keys
from banian.features.stored_layers import StoredLayers
from banian.features.stored_states import StateLayout, StoredState, TrackPart
from banian.features.stored_track import StoredTrack
from banian.features.summary import Columns
from banian.features.timeline import AbstractTimeline
from banian.features.windows import STEPS

Track: TypeAlias = tuple[HistoryPlan, KnownTogether, StoredLayers[StoredTrack]]
"""A group of columns of a path, and what each segment holds of it."""
Answering: TypeAlias = Sequence[tuple[StoredTrack, Int64[np.ndarray, " _"]]]
"""Segments, and which asks each of them answers."""
Layouts: TypeAlias = Mapping[tuple[object, ...], StateLayout]


@final
class StoredHistories:
    """The histories of an entity.

    Args:
        tracks: the groups of columns of all paths, in the order of the plan.
        older: layouts from before newer segments came, which are taken over where these have no other field.

    """

    def __init__(self, tracks: Sequence[Track], older: Layouts) -> None:
        self._tracks, self._older = tracks, older
        self._layouts: dict[tuple[object, ...], StateLayout] = {}

    @property
    def layouts(self) -> Layouts:
        """Columns of all tracks → how they are laid out."""
        return {**self._older, **self._layouts}

    def stretches(self, keys: Keys, at: Int64[np.ndarray, " ask"]) -> Iterator[Stretch]:
        """Give the events that some asks see: in one stretch, unless segments hold columns in different ways."""
        ask = np.flatnonzero(keys.are_valid)
        keys, at = keys.take(ask), at[ask]
        found = [list(layers.split(keys)) for *_, layers in self._tracks]
        for some, answering in split_alike(found, len(ask)):
            yield self._stretch(ask[some], keys.take(some), at[some], answering)

    def _stretch(
        self,
        ask: Int64[np.ndarray, " ask"],
        keys: Keys,
        at: Int64[np.ndarray, " ask"],
        answering: Sequence[Answering],
    ) -> Stretch:
        parts = [
            [
                TrackPart(track, here, track.timeline(keys.take(here), at[here]))
                for track, here in several
            ]
            for several in answering
        ]
        layout = self._layout(tuple(several[0].track.columns for several in parts))
        timeline, read = _JoinedTimeline.of(parts, at), layout.read(parts, len(at))

        def columns() -> Iterator[Columns]:
            for block in layout.blocks:
                runs = timeline.choose(block.tracks) if block.kind == "event" else timeline
                state = StoredState(read, block)
                yield Columns(block.names, block.kind, state, runs, block.units)

        def newest() -> Iterator[tuple[EventPath, KnownTogether, Newest]]:
            for (history, group, _), several in zip(self._tracks, parts, strict=True):
                for one in several:
                    yield history.path, group, one.track.newest(ask[one.here], one.timeline)

        return Stretch(ask, columns(), newest)

    def _layout(self, columns: tuple[object, ...]) -> StateLayout:
        """Lay the tracks out whose columns are these; once for all asks."""
        if columns not in self._layouts:
            alike = [
                [track for _, track in layers.layers if track.columns == wanted]
                for (*_, layers), wanted in zip(self._tracks, columns, strict=True)
            ]
            layout = self._older.get(columns)
            if layout is None or not layout.holds(alike):
                layout = StateLayout(
                    [
                        (history.path.name, group.known.is_at_row, tracks)
                        for (history, group, _), tracks in zip(self._tracks, alike, strict=True)
                    ]
                )
            self._layouts[columns] = layout
        return self._layouts[columns]


def split_alike(
    answering: Sequence[Answering], asks: int
) -> Iterator[tuple[Int64[np.ndarray, " some"], Sequence[Answering]]]:
    """Split asks so that all that stay together are answered by segments that hold the same columns alike."""
    if all(len({track.columns for track, _ in several}) == 1 for several in answering):
        yield np.arange(asks), answering
        return
    which = np.zeros((len(answering), asks), np.int64)
    for at, several in enumerate(answering):
        forms = list(dict.fromkeys(track.columns for track, _ in several))
        for track, here in several:
            which[at, here] = forms.index(track.columns)
    for one in np.unique(which, axis=1).T:
        some = np.flatnonzero((which == one[:, None]).all(axis=0))
        place = np.full(asks, -1)
        place[some] = np.arange(len(some))
        yield (
            some,
            [
                [(t, kept) for t, here in several if len(kept := place[here[place[here] >= 0]])]
                for several in answering
            ],
        )


@final
class _JoinedTimeline(AbstractTimeline):
    """The events of several tracks, a run of positions to each.

    Args:
        parts: what answers which asks, for each track.
        at: when these are asked.
        first: the first event of each ask's entity.
        steps: the first event that is at most so long ago, for all times ago of STEPS.

    """

    def __init__(
        self,
        parts: Sequence[Sequence[TrackPart]],
        at: Int64[np.ndarray, " ask"],
        first: Int64[np.ndarray, "run ask"],
        steps: Int64[np.ndarray, "step run ask"],
    ) -> None:
        super().__init__(at)
        self._parts, self._first, self._steps = parts, first, steps

    @classmethod
    def of(
        cls, parts: Sequence[Sequence[TrackPart]], at: Int64[np.ndarray, " ask"]
    ) -> "_JoinedTimeline":
        """Put the timelines of all tracks side by side."""
        first = np.zeros((len(parts), len(at)), np.int64)
        steps = np.zeros((len(STEPS), len(parts), len(at)), np.int64)
        for run, several in enumerate(parts):
            for one in several:
                first[run, one.here] = one.timeline.first
                steps[:, run, one.here] = one.timeline.steps
        return cls(parts, at, first, steps)

    def choose(self, runs: Int64[np.ndarray, " run"]) -> "_JoinedTimeline":
        """Give some of the tracks."""
        parts = [self._parts[run] for run in runs.tolist()]
        return _JoinedTimeline(parts, self.at, self._first[runs], self._steps[:, runs])

    @override
    def since(self, ago: timedelta | None) -> Int64[np.ndarray, "run ask"]:
        return self._first if ago is None else self._steps[STEPS.index(ago)]

    @override
    def tick_at(self, position: Int64[np.ndarray, "run ask"]) -> Int64[np.ndarray, "run ask"]:
        found = np.empty(position.shape, np.int64)
        for run, several in enumerate(self._parts):
            for one in several:
                found[run, one.here] = one.timeline.tick_at(position[run, one.here])
        return found
