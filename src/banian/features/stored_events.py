"""The store as a source: one entity at one instant is a few reads of mapped memory."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int64
from typing_extensions import override

from banian.errors import BundleError
from banian.features.asked_row import AskedRow
from banian.features.entity_plan import HistoryPlan
from banian.features.feature import Feature
from banian.features.groups import KnownTogether
from banian.features.path import EventPath
from banian.features.plan import Described, Types
from banian.features.source import AbstractEventSource, Stretch
from banian.features.stored_rows import NEVER, Field, StoredRows
from banian.features.stored_track import StoredTrack
from banian.features.stored_windows import StoredWindows, key_texts, place_of
from banian.features.ticks import DAY
from banian.features.window import WindowedEvents, WindowEvents
from banian.spec import ShopSpec
from banian.storage import reason_of

_HOUR = DAY // 24
_THURSDAY = 3
"""The day of the week, counted from Monday, on which 1970 began."""
INDEX = "store.json"
"""File that says what lies in the other files of a store."""
FORMAT = 2
"""Of the files; another release may write others."""


@final
@dataclass(frozen=True)
class StoredAsks:
    """Who is asked about, and when.

    Args:
        keys: keys as text; null where nobody is asked about.
        at: ticks; an ask sees what was known before. NEVER where tables have no time.
        own: columns of asking rows: numbers and truths as float64, times as ticks, all others as text. Where entities
            are asked about, what their own row would say.
        stands: where entities are asked about: column → in which asks `own` stands in the place of what is stored.

    """

    keys: pa.Array
    at: Int64[np.ndarray, " ask"]
    own: Mapping[str, pa.Array]
    stands: Mapping[str, Bool[np.ndarray, " ask"]] = field(default_factory=dict)


@final
class StoredEvents(AbstractEventSource[StoredAsks]):
    """Answers from a store.

    Args:
        spec: the shop.
        types: the types of its columns.
        folder: where the store lies.

    Raises:
        BundleError: there is no store, or another release wrote it, or it was built for another spec.

    """

    def __init__(self, spec: ShopSpec, types: Types, folder: Path) -> None:
        super().__init__(spec, types)
        index = _read_index(folder)
        if index["declared"] != sum_declared(spec, types):
            raise BundleError(
                f"{folder} was built for another spec, or for columns of other types.",
                remedy="Build it anew: banian store RUN --data DIR",
            )
        self._attributes: dict[str, StoredRows] = {}
        self._static: dict[tuple[str, str], tuple[bool, StoredRows]] = {}
        self._events: dict[tuple[str, str, str], StoredTrack] = {}
        self._windows: dict[str, StoredWindows] = {}
        self._levels: dict[str, str | None] = index["levels"]
        self._lookups: dict[tuple[str, str], StoredRows] = {}
        self.asked = {t: AskedRow.from_dict(row) for t, row in index["asked"].items()}
        """Table that tasks are about → what its asks may say."""
        self.latest: int | None = index["latest"]
        """The tick at which the tables ended; none where none has a time."""
        for at, part in enumerate(index["parts"]):
            rows = StoredRows(folder / str(at))
            match part["kind"]:
                case "attributes":
                    self._attributes[part["entity"]] = rows
                case "lookup":
                    self._lookups[part["table"], part["column"]] = rows
                case "static":
                    self._static[part["entity"], part["path"]] = part["describes"], rows
                case "windows":
                    self._windows[part["read"]] = StoredWindows(rows, part["holds"], part["scale"])
                case _:
                    where = part["entity"], part["path"], part["known"]
                    self._events[where] = StoredTrack(rows, part["columns"])

    @override
    def keys(self, asks: StoredAsks) -> pa.Array:
        return asks.keys

    @override
    def linked(self, asks: StoredAsks, column: str) -> StoredAsks:
        return StoredAsks(asks.own[column], asks.at, {})

    @override
    def onward(self, asks: StoredAsks, one: Described, *, has_time: bool) -> StoredAsks:
        assert one.key is not None
        rows = self._attributes[one.key.table]
        found, is_there = self._row(rows, asks, has_time=has_time)
        keys = rows.words(found, ("link", one.key.column))
        return StoredAsks(pc.if_else(pa.array(is_there), keys, None), asks.at, {})

    @override
    def itself(self, asks: StoredAsks, table: str, features: Sequence[Feature]) -> pa.Table:
        values = {}
        for feature in features:
            match feature.statistic:
                case "hour":
                    values[feature.name] = pa.array((asks.at // _HOUR % 24).astype(np.float64))
                case "weekday":
                    values[feature.name] = pa.array(
                        ((asks.at // DAY + _THURSDAY) % 7).astype(np.float64)
                    )
                case _:
                    values[feature.name] = self._said(asks, feature)
        return pa.table(values)

    def _said(self, asks: StoredAsks, feature: Feature) -> pa.Array:
        said = asks.own[str(feature.column)]
        if feature.statistic != "age":
            return said
        return self._age(feature, pc.fill_null(said, NEVER).to_numpy(), asks.at)

    @override
    def attributes(
        self, asks: StoredAsks, entity: str, features: Sequence[Feature], *, has_time: bool
    ) -> tuple[pa.Table, Bool[np.ndarray, " ask"]]:
        rows = self._attributes[entity]
        found, is_there = self._row(rows, asks, has_time=has_time)
        values = {}
        for feature in features:
            seen = is_there
            if has_time and not feature.known.is_at_row:
                known = found[:, rows.places["known", str(feature.known)]]
                seen = seen & (known != NEVER) & (known < asks.at)
            values[feature.name] = self._value(rows, found, feature, asks.at, seen)
        for feature in features:
            if (stands := asks.stands.get(str(feature.column))) is not None:
                said = self._said(asks, feature)
                values[feature.name] = pc.if_else(pa.array(stands), said, values[feature.name])
                is_there = is_there | stands
        return pa.table(values), is_there

    def look_up(self, table: str, given: pa.Table) -> pa.Table:
        """Add to what rows of a table say of themselves what is looked up by their links, as text.

        What an ask says itself stands.
        """
        for column, path in self.spec.source(table).lookup.items():
            link = path.partition(".")[0]
            if link not in given.column_names:
                continue
            rows = self._lookups[table, column]
            start, length = rows.find(given[link].cast(pa.string()).combine_chunks())
            found = rows.words(rows.take(start, length > 0), ("value",))
            found = pc.if_else(pa.array(length > 0), found, None)
            if column in given.column_names:
                said = given[column]
                given = given.set_column(
                    given.column_names.index(column),
                    column,
                    pc.coalesce(said, found.cast(said.type)),
                )
            else:
                given = given.append_column(column, found)
        return given

    def knows(self, entity: str, keys: pa.Array) -> Bool[np.ndarray, " key"]:
        """Say which keys of an entity the store has seen anywhere."""
        tracks = (track.rows for (of, *_), track in self._events.items() if of == entity)
        statics = (rows for (of, _), (_, rows) in self._static.items() if of == entity)
        found = np.zeros(len(keys), bool)
        for rows in (*self._attributes_of(entity), *statics, *tracks):
            found |= rows.find(keys)[1] > 0
        return found

    def _attributes_of(self, entity: str) -> tuple[StoredRows, ...]:
        return (self._attributes[entity],) if entity in self._attributes else ()

    @override
    def describes(self, entity: str, path: EventPath) -> bool:
        return self._static[entity, path.name][0]

    @override
    def description(
        self, asks: StoredAsks, entity: str, path: EventPath, features: Sequence[Feature]
    ) -> pa.Table:
        _, rows = self._static[entity, path.name]
        start, length = rows.find(asks.keys)
        found, is_there = rows.take(start, length > 0), length > 0
        return pa.table(
            {one.name: self._value(rows, found, one, asks.at, is_there) for one in features}
        )

    @override
    def stretches(
        self, asks: StoredAsks, entity: str, histories: Iterable[HistoryPlan]
    ) -> Iterator[tuple[HistoryPlan, Iterator[tuple[KnownTogether, Stretch]]]]:
        for history in histories:
            yield history, self._stretches(asks, entity, history)

    @override
    def count(self, asks: StoredAsks) -> int:
        return len(asks.at)

    @override
    def own(self, asks: StoredAsks, columns: Sequence[str]) -> pa.Table:
        return pa.table({name: asks.own[name] for name in columns})

    @override
    def window_events(
        self, asks: StoredAsks, read: WindowedEvents, where: str
    ) -> Iterator[WindowEvents]:
        keys = asks.keys
        if read.entity is None:
            keys = key_texts([asks.own[column] for column in read.same])
        ask = np.flatnonzero(np.asarray(keys.is_valid()) & (asks.at != NEVER))
        yield self._windows[place_of(read)].events(ask, keys.take(pa.array(ask)), asks.at[ask])

    @override
    def level_sql(self, task: str) -> str | None:
        return self._levels[task]

    def _stretches(
        self, asks: StoredAsks, entity: str, history: HistoryPlan
    ) -> Iterator[tuple[KnownTogether, Stretch]]:
        ask = np.flatnonzero(asks.keys.is_valid())
        keys, at = asks.keys.take(pa.array(ask)), asks.at[ask]
        for group in history.groups:
            track = self._events[entity, history.path.name, str(group.known)]
            yield group, track.stretch(ask, keys, at, has_gaps=group.known.is_at_row)

    def _row(
        self, rows: StoredRows, asks: StoredAsks, *, has_time: bool
    ) -> tuple[Int64[np.ndarray, "ask field"], Bool[np.ndarray, " ask"]]:
        start, length = rows.find(asks.keys)
        is_there = length > 0
        found = rows.take(start, is_there)
        since = found[:, rows.places["since",]]
        if has_time:
            is_there = is_there & ((since == NEVER) | (since < asks.at))
        return found, is_there

    def _value(
        self,
        rows: StoredRows,
        found: Int64[np.ndarray, "ask field"],
        feature: Feature,
        at: Int64[np.ndarray, " ask"],
        seen: Bool[np.ndarray, " ask"],
    ) -> pa.Array:
        field: Field = ("feature", feature.column)
        if field in rows.texts:
            return pc.if_else(pa.array(seen), rows.words(found, field), None)
        if feature.statistic == "age":
            return self._age(feature, np.where(seen, found[:, rows.places[field]], NEVER), at)
        values = rows.floats(found, field)
        return pa.array(values, mask=~seen | np.isnan(values))

    def _age(
        self, feature: Feature, tick: Int64[np.ndarray, " ask"], at: Int64[np.ndarray, " ask"]
    ) -> pa.Array:
        table = feature.entity if feature.path is None else feature.path.table
        days = np.where(at == NEVER, tick, at - tick).astype(np.float64) / float(DAY)
        hidden = tick == NEVER
        if feature.column not in self.spec.source(table).trust:
            hidden |= (at != NEVER) & (at < tick)
        return pa.array(days, mask=hidden)


def sum_declared(spec: ShopSpec, types: Types) -> str:
    """Sum what decides which features there are: another sum, and the rows of a store mean something else.

    How names are held, as numbers or texts, and how fine decimals are, is for each file to say.
    """
    kinds = {
        table: {c: "name" if kind.is_name else kind.kind for c, kind in columns.items()}
        for table, columns in types.items()
    }
    told = json.dumps(kinds, sort_keys=True) + spec.model_dump_json(include={"tables", "tasks"})
    return hashlib.sha256(told.encode()).hexdigest()


def read_store_size(folder: Path) -> tuple[int, int]:
    """Count the rows of events in a store, and the bytes of all of its files."""
    parts = enumerate(_read_index(folder)["parts"])
    events = sum(len(StoredRows(folder / str(at)).rows) for at, p in parts if p["kind"] == "events")
    return events, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _read_index(folder: Path) -> dict[str, Any]:
    try:
        index: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(
            f"{folder} holds no store: {reason_of(error)}",
            remedy="Build it: banian store RUN --data DIR",
        ) from None
    if index.get("format") != FORMAT:
        raise BundleError(
            f"{folder} has format {index.get('format')}, and this release reads {FORMAT}.",
            remedy="Build it anew: banian store RUN --data DIR",
        )
    return index
