"""The events of some entities as a store holds them, the newest first: what was seen of whom, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from banian.features.feature import GAP
from banian.features.path import EventPath, paths_to
from banian.features.stored_events import StoredEvents
from banian.features.stored_keys import Keys
from banian.features.stored_track import StoredTrack
from banian.features.ticks import to_ticks
from banian.features.timeline import Timeline
from banian.spec import ShopSpec


@final
@dataclass(frozen=True)
class EntityEvents:
    """Events of some entities, those of one together, the newest first.

    Args:
        ask: which of the keys each event is about.
        at: its tick.
        columns: column of the events → its values: float64 of numbers and truths, else text. What becomes known later
            than the event, times, keys and the link to the entity are not among them.

    """

    ask: Int64[np.ndarray, " event"]
    at: Int64[np.ndarray, " event"]
    columns: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return len(self.ask)


def event_paths(spec: ShopSpec, entity: str) -> dict[str, EventPath]:
    """Map the tables whose rows name an entity, and have a time, to how they do; of several links the first."""
    found: dict[str, EventPath] = {}
    for path in paths_to(spec, entity):
        if path.via is None:
            found.setdefault(path.table, path)
    return found


def read_events(
    store: StoredEvents,
    entity: str,
    path: EventPath,
    keys: pa.Array,
    at: Int64[np.ndarray, " key"],
    *,
    within: timedelta | None = None,
    most: int | None = None,
) -> EntityEvents:
    """Read the events of a path that some entities had before an instant.

    Args:
        store: where they lie.
        entity: what the keys name.
        path: how the events reach it, by a link of their own.
        keys: who, as text; null is nobody.
        at: for each key, the tick before which an event must have been.
        within: how long ago at most; however long where it is left out.
        most: how many for each key at most, the newest; all where it is left out.

    """
    asked, order, tables = Keys(keys), [np.zeros(0, np.int64)], list[pa.Table]()
    for track, here in store.tracks(entity, path).split(asked):
        first, length = track.rows.find(asked.take(here))
        if not length.any():
            continue
        timeline = Timeline(track.tick, first, first + length, at[here])
        start = first
        if within is not None:
            start = Timeline(track.tick, first, first + length, at[here] - to_ticks(within)).stop
        if most is not None:
            start = np.maximum(start, timeline.stop - most)
        size = np.maximum(timeline.stop - start, 0)
        behind = np.cumsum(size)
        nth = np.arange(int(size.sum())) - np.repeat(behind - size, size)
        position = np.repeat(timeline.stop, size) - 1 - nth
        order.append(np.repeat(here, size))
        tables.append(_read(track, position))
    ask = np.concatenate(order)
    if not tables:
        return EntityEvents(ask, np.zeros(0, np.int64), {})
    whole = pa.concat_tables(tables, promote_options="default").combine_chunks()
    if len(tables) > 1:
        place = np.argsort(ask, kind="stable")
        ask, whole = ask[place], whole.take(pa.array(place)).combine_chunks()
    shown = {n: whole[n].combine_chunks() for n in whole.column_names if n != _TICK}
    return EntityEvents(ask, whole[_TICK].to_numpy(), shown)


_TICK = ""


def _read(track: StoredTrack, position: Int64[np.ndarray, " event"]) -> pa.Table:
    rows = track.rows.rows[position]
    found: dict[str, pa.Array] = {_TICK: pa.array(track.tick[position])}
    for field in track.rows.places:
        name = str(field[1]) if field[0] == "shown" else GAP
        if name == GAP:
            continue
        if field in track.rows.texts:
            found[name] = track.rows.words(rows, field)
        else:
            values = track.rows.floats(rows, field)
            found[name] = pa.array(values, mask=np.isnan(values))
    return pa.table(found)
