"""The store as a source: one entity at one instant is a few reads of mapped memory."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int64
from typing_extensions import override

from banian.errors import BundleError
from banian.features.asked_row import AskFacts
from banian.features.described_asks import describe_themselves, say_own
from banian.features.entity_plan import HistoryPlan
from banian.features.feature import Feature
from banian.features.feature_columns import FeatureColumns
from banian.features.keyed_features import KeyedFeatures, KeyedRows
from banian.features.own_row import read_own
from banian.features.path import EventPath
from banian.features.plan import Described, Types
from banian.features.source import AbstractEventSource, Stretch
from banian.features.store_index import StoredPart, read_index, refuse_other
from banian.features.stored_asks import StoredAsks
from banian.features.stored_histories import Layouts, StoredHistories
from banian.features.stored_keys import Keys
from banian.features.stored_layers import StoredLayers, in_order
from banian.features.stored_parts import cover, open_parts
from banian.features.stored_rows import NEVER, Field, StoredRows
from banian.features.stored_track import StoredTrack
from banian.features.stored_windows import key_texts, place_of
from banian.features.window import WindowedEvents, WindowEvents
from banian.spec import AT_ROW, ShopSpec
from banian.spec.window import Offset

LOOKED_UP: Field = ("value",)
"""Field of what is looked up, as text."""


@final
class StoredEvents(AbstractEventSource[StoredAsks]):
    """Answers from a store.

    Args:
        spec: the shop.
        types: the types of its columns.
        folder: where the store lies.

    Raises:
        BundleError: there is no store, it is damaged, another release wrote it, or it was built for another spec.

    """

    def __init__(self, spec: ShopSpec, types: Types, folder: Path) -> None:
        super().__init__(spec, types)
        index = read_index(folder)
        refuse_other(folder, index, spec, types)
        while True:
            try:
                self._parts = open_parts(folder, index)
                break
            except (
                BundleError
            ):  # damaged, unless the store was written anew since its index was read
                newer = read_index(folder)
                if newer == index:
                    raise
                index = newer
        self.folder = folder
        """Where it lies."""
        self.facts = index.asks
        """What is known of asks."""
        self.applied = index.applied
        """Number of the newest event in the log of the run that the store holds."""
        self._keyed: dict[tuple[str, ...], KeyedFeatures] = {}
        self._histories: dict[tuple[str, ...], StoredHistories] = {}
        self._older: dict[tuple[str, ...], Layouts] = {}

    def covered(
        self, newer: Iterable[tuple[StoredPart, StoredRows]], facts: AskFacts
    ) -> "StoredEvents":
        """Give what is known once newer parts, the newest last, answer before these for the keys that they have."""
        found = copy(self)
        found._parts, found.facts = cover(self._parts, newer), facts
        found._histories = {}
        found._older = self._older | {names: one.layouts for names, one in self._histories.items()}
        return found

    def newer_rows(self, older: "StoredEvents", entity: str) -> list[StoredRows]:
        """Give what says something of an entity here, and did not in an earlier state of the same store."""
        known = older._parts.rows_of(entity)
        mine = self._parts.rows_of(entity)
        return [rows for mark, rows in mine.items() if mark not in known]

    @override
    def keys(self, asks: StoredAsks) -> pa.Array:
        return asks.keys

    @override
    def distinct(self, asks: StoredAsks) -> tuple[StoredAsks, Int64[np.ndarray, " ask"] | None]:
        return asks.distinct()

    @override
    def linked(self, asks: StoredAsks, column: str) -> StoredAsks:
        return StoredAsks(asks.own[column], asks.at, {})

    @override
    def onward(self, asks: StoredAsks, one: Described, *, has_time: bool) -> StoredAsks:
        assert one.key is not None
        field: Field = ("link", one.key.column)
        parts = []
        for rows, ask in self._parts.attributes[one.key.table].split(asks.names):
            found, is_there = self._row(rows, asks.take(ask), has_time=has_time)
            words = rows.words(found, field, is_there)
            parts.append((ask, pa.table({"key": words})))
        return StoredAsks(in_order(parts)["key"].combine_chunks(), asks.at, {})

    @override
    def itself(self, asks: StoredAsks, table: str, features: Sequence[Feature]) -> FeatureColumns:
        return describe_themselves(self.spec, asks, features)

    @override
    def attributes(
        self, asks: StoredAsks, entity: str, features: Sequence[Feature], *, has_time: bool
    ) -> tuple[FeatureColumns, Bool[np.ndarray, " ask"]]:
        present = np.zeros(len(asks.keys), bool)
        keyed = self._read_as(features, entity)

        def parts() -> Iterator[KeyedRows]:
            for rows, ask in self._parts.attributes[entity].split(asks.names):
                found, present[ask] = self._row(rows, asks.take(ask), has_time=has_time)
                yield rows, ask, found, present[ask]

        values, texts = keyed.read(parts(), asks.at, knows_later=has_time)
        if asks.stands:
            said = {
                str(one.column): say_own(self.spec, asks, one)
                for one in features
                if one.column in asks.stands
            }
            keyed.replace(values, texts, said, asks.stands)
            for column in said:
                present |= asks.stands[column]
        return keyed.columns(values, texts), present

    def look_up(self, table: str, given: pa.Table) -> pa.Table:
        """Add to what rows of a table say of themselves what is looked up by their links, as text.

        What an ask says itself stands.
        """
        for column, path in self.spec.lookups_of_asks(table).items():
            link = path.partition(".")[0]
            if link not in given.column_names:
                continue
            parts = []
            keys = Keys(given[link].cast(pa.string()).combine_chunks())
            for rows, ask in self._parts.lookups[table, column].split(keys):
                start, length = rows.find(keys.take(ask))
                words = rows.words(rows.take(start, length > 0), LOOKED_UP, length > 0)
                parts.append((ask, pa.table({"value": words})))
            found = in_order(parts)["value"]
            if column in given.column_names:
                said = given[column]
                found = pc.coalesce(said, found.cast(said.type))
                given = given.drop_columns(column)
            given = given.append_column(column, found)
        return given

    def knows(self, entity: str, keys: pa.Array) -> Bool[np.ndarray, " key"]:
        """Say which keys of an entity the store has seen anywhere."""
        return self._parts.knows(entity, Keys(keys))

    def has_rows_of(self, entity: str) -> bool:
        """Say whether the own rows of an entity are kept."""
        return entity in self._parts.attributes

    def named_by(self, entity: str, column: str, keys: pa.Array) -> pa.Array | None:
        """Give whom a link of an entity's own rows names, null of keys without a row; None where that is not kept."""
        field: Field = ("link", column)
        layers = self._parts.attributes.get(entity)
        if layers is None or any(field not in rows.texts for rows, _ in layers.layers):
            return None
        names, parts = Keys(keys), []
        for rows, at in layers.split(names):
            start, length = rows.find(names.take(at))
            words = rows.words(rows.take(start, length > 0), field, length > 0)
            parts.append((at, pa.table({"name": words})))
        return in_order(parts)["name"].combine_chunks()

    def tracks(self, entity: str, path: EventPath) -> StoredLayers[StoredTrack]:
        """Give the events of a path with what is known of them at their own time."""
        return self._parts.events[entity, path.name, str(AT_ROW)]

    @override
    def count(self, asks: StoredAsks) -> int:
        return len(asks.at)

    @override
    def own(self, asks: StoredAsks, columns: Sequence[str], entity: str | None) -> pa.Table:
        if entity is None:
            return pa.table({name: asks.own[name] for name in columns})
        parts = []
        for rows, ask in self._parts.attributes[entity].split(asks.names):
            found, is_there = self._row(rows, asks.take(ask), has_time=True)
            types = self.types[entity]
            values = {name: read_own(rows, found, name, types[name], is_there) for name in columns}
            parts.append((ask, pa.table(values)))
        told = in_order(parts)
        for at, name in enumerate(columns):
            if name in asks.stands:
                said = pc.if_else(pa.array(asks.stands[name]), asks.own[name], told[name])
                told = told.set_column(at, name, said)
        return told

    @override
    def window_events(
        self, asks: StoredAsks, read: WindowedEvents, starts: Sequence[Offset], where: str
    ) -> Iterator[WindowEvents]:
        keys = asks.names
        if read.entity is None:
            keys = Keys(key_texts([asks.own[column] for column in read.same]))
        ask = np.flatnonzero(keys.are_valid & (asks.at != NEVER))
        keys = keys.take(ask)
        for windows, here in self._parts.windows[place_of(read)].split(keys):
            some = ask[here]
            yield windows.events(some, keys.take(here), asks.at[some])

    @override
    def level_sql(self, task: str) -> str | None:
        return self.facts.levels[task]

    @override
    def condition_sql(self, task: str) -> str | None:
        return self.facts.conditions[task]

    @override
    def describes(self, entity: str, path: EventPath) -> bool:
        return self._parts.static[entity, path.name].newest[0]

    @override
    def description(
        self,
        asks: StoredAsks,
        entity: str,
        path: EventPath,
        features: Sequence[Feature],
        present: Bool[np.ndarray, " ask"],
    ) -> FeatureColumns:
        keyed = self._read_as(features, path.table)

        def parts() -> Iterator[KeyedRows]:
            for (_, rows), ask in self._parts.static[entity, path.name].split(asks.names):
                start, length = rows.find(asks.names.take(ask))
                is_there = length > 0
                yield rows, ask, rows.take(start, is_there), is_there & present[ask]

        return keyed.columns(*keyed.read(parts(), asks.at, knows_later=False))

    @override
    def stretches(
        self, asks: StoredAsks, entity: str, histories: Sequence[HistoryPlan]
    ) -> Iterator[Stretch]:
        names = entity, *(history.path.name for history in histories)
        if names not in self._histories:
            self._histories[names] = StoredHistories(
                [
                    (
                        history,
                        group,
                        self._parts.events[entity, history.path.name, str(group.known)],
                    )
                    for history in histories
                    for group in history.groups
                ],
                self._older.get(names, {}),
            )
        return self._histories[names].stretches(asks.names, asks.at)

    def _read_as(self, features: Sequence[Feature], table: str) -> KeyedFeatures:
        """Give how these features of rows of a table are read, which is found out once."""
        names = table, *(feature.name for feature in features)
        if names not in self._keyed:
            self._keyed[names] = KeyedFeatures(features, self.spec.source(table).trust)
        return self._keyed[names]

    def _row(
        self, rows: StoredRows, asks: StoredAsks, *, has_time: bool
    ) -> tuple[Int64[np.ndarray, "ask field"], Bool[np.ndarray, " ask"]]:
        start, length = rows.find(asks.names)
        is_there = length > 0
        found = rows.take(start, is_there)
        since = found[:, rows.places["since",]]
        if has_time:
            is_there = is_there & ((since == NEVER) | (since < asks.at))
        return found, is_there
