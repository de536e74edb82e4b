"""The parts of a store: each says which of its keys a change affects, and writes what is known of all keys or some."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, final

import ibis.expr.types as ir
import pyarrow as pa
from typing_extensions import override

from banian.features.attributes import change_of, changes_of
from banian.features.columns import own_features
from banian.features.engine_events import EngineEvents, one_each
from banian.features.engine_ticks import known_tick, since_of
from banian.features.entity_plan import HistoryPlan
from banian.features.feature import Feature
from banian.features.own_row import OWN_FIELD
from banian.features.path import EventPath, onward_links, static_paths_to
from banian.features.plan import attributes_of, entities_of_task, static_features
from banian.features.store_change import Change
from banian.features.store_index import StoredPart
from banian.features.stored_rows import Field
from banian.features.write_events import select_written, write_events
from banian.features.write_keyed import select_keyed, write_keyed
from banian.spec import ShopSpec
from banian.spec.past import columns_of_condition, entity_of
from banian.tables import POSITION, Database, is_one_to_many


class AbstractStorePart(ABC):
    """Something that is kept of the keys of an entity, in one folder or, by when columns become known, in several."""

    @property
    @abstractmethod
    def places(self) -> Sequence[StoredPart]:
        """What is written, one for each folder, before anything is known of its rows."""

    @abstractmethod
    def affected(self, change: Change) -> ir.Table | None:
        """Give the keys of which something else may be known after a change; none where there are none.

        They are those that `select` takes.
        """

    def names_of(self, keys: pa.Table) -> pa.Array:
        """Give, as text, the keys that `affected` gave, once they were computed."""
        return keys["key"].combine_chunks().cast(pa.string())

    @abstractmethod
    def select(self, database: Database, keys: ir.Table | None) -> ir.Table:
        """Select the rows in which it stands what is known of some keys, or of all where none are given, sorted."""

    def facts(self, database: Database) -> Mapping[str, Any]:  # noqa: ARG002 -- of static parts
        """Say what the reader must know that stands in no row."""
        return {}

    @abstractmethod
    def write(
        self, batches: pa.RecordBatchReader, wanted: pa.Array | None, folders: Sequence[Path]
    ) -> Sequence[StoredPart]:
        """Write what is known of the keys: for each place into a folder of its own.

        Args:
            batches: the rows that `select` selects.
            wanted: keys, as text: one of which nothing is known is written, too, so that nothing older answers for it.
            folders: where to; they are made.

        """


def entities_of(spec: ShopSpec) -> list[str]:
    """Name the entities that the tasks of a shop are told of."""
    found = (one for task in spec.tasks.values() for one in entities_of_task(spec, task))
    return list(dict.fromkeys(one.entity for one in found if one.key is not None))


def parts_of(database: Database, entity: str) -> Iterator[AbstractStorePart]:
    """Give everything that a store keeps of an entity."""
    if entity in database.tables:
        yield _Attributes(database, entity)
    for path in static_paths_to(database.spec, entity):
        yield _Static(database, entity, path)
    for history in EngineEvents(database).plan(entity, has_time=True, besides=None).histories:
        yield _Events(entity, history)


@final
class _Attributes(AbstractStorePart):
    """One row for each key: its features, when they are known, and what it links on to."""

    def __init__(self, database: Database, entity: str) -> None:
        self._entity = entity
        self._fields = tuple(self._values(database))

    @property
    @override
    def places(self) -> Sequence[StoredPart]:
        return [StoredPart("attributes", self._entity)]

    @override
    def affected(self, change: Change) -> ir.Table | None:
        key = change.database.spec.source(self._entity).key
        return change.named(self._entity, str(key))

    @override
    def select(self, database: Database, keys: ir.Table | None) -> ir.Table:
        table = database.tables[self._entity]
        return select_keyed(table.rows, str(table.spec.key), self._values(database), keys)

    @override
    def write(
        self, batches: pa.RecordBatchReader, wanted: pa.Array | None, folders: Sequence[Path]
    ) -> Sequence[StoredPart]:
        write_keyed(batches, self._fields, wanted, folders[0])
        return self.places

    def _values(self, database: Database) -> dict[Field, ir.Value]:
        spec, types, table = database.spec, database.types, database.tables[self._entity]
        names = attributes_of(spec, types, self._entity, has_time=table.spec.time is not None)
        features = list(own_features(spec, self._entity, types[self._entity], names))
        known = {one.known for one in features if not one.known.is_at_row}
        values = _of_rows(table.rows, features)
        values["since",] = since_of(table)
        for one in known:
            values["known", str(one)] = known_tick(table.spec, table.rows, one)
        for column in onward_links(spec, self._entity):
            values["link", column] = table.rows[column].cast("string")
        read = frozenset[str]().union(
            *(
                columns_of_condition(task)
                for task in spec.tasks.values()
                if entity_of(task) == self._entity
            )
        )
        for column in sorted(read - set(names)):
            change = change_of(table.types[column])
            values[OWN_FIELD, column] = change(table.rows[column])
        return values


@final
class _Static(AbstractStorePart):
    """One row for each key that a table without time describes."""

    def __init__(self, database: Database, entity: str, path: EventPath) -> None:
        self._entity, self._path = entity, path
        self._features = tuple(static_features(database.spec, database.types, entity, path))

    @property
    @override
    def places(self) -> Sequence[StoredPart]:
        return [StoredPart("static", self._entity, self._path.name)]

    @override
    def affected(self, change: Change) -> ir.Table | None:
        return change.named(self._path.table, self._path.link)

    @override
    def select(self, database: Database, keys: ir.Table | None) -> ir.Table:
        table, link = database.tables[self._path.table], self._path.link
        only = one_each(table, link)
        rows = table.rows.semi_join(only, table.rows[POSITION] == only.place)
        return select_keyed(rows, link, _of_rows(rows, self._features), keys)

    @override
    def facts(self, database: Database) -> Mapping[str, Any]:
        table = database.tables[self._path.table]
        return {"describes": not is_one_to_many(table, self._path.link)}

    @override
    def write(
        self, batches: pa.RecordBatchReader, wanted: pa.Array | None, folders: Sequence[Path]
    ) -> Sequence[StoredPart]:
        fields = [("feature", str(one.column)) for one in self._features]
        write_keyed(batches, dict.fromkeys(fields), wanted, folders[0])
        return self.places


@final
class _Events(AbstractStorePart):
    """One row for each event of a path: for each group of columns the state after it."""

    def __init__(self, entity: str, history: HistoryPlan) -> None:
        self._entity, self._history = entity, history

    @property
    @override
    def places(self) -> Sequence[StoredPart]:
        name = self._history.path.name
        return [
            StoredPart("events", self._entity, name, str(group.known))
            for group in self._history.groups
        ]

    @override
    def affected(self, change: Change) -> ir.Table | None:
        return change.seeing(self._history.path)

    @override
    def select(self, database: Database, keys: ir.Table | None) -> ir.Table:
        return select_written(database, self._history, keys)

    @override
    def write(
        self, batches: pa.RecordBatchReader, wanted: pa.Array | None, folders: Sequence[Path]
    ) -> Sequence[StoredPart]:
        columns = write_events(batches, self._history, wanted, folders)
        return [
            replace(place, facts={"columns": columns[group.known]})
            for place, group in zip(self.places, self._history.groups, strict=True)
        ]


def _of_rows(rows: ir.Table, features: Iterable[Feature]) -> dict[Field, ir.Value]:
    """Give what features are made of, column by column of the rows."""
    changes = changes_of(features)
    return {("feature", str(one.column)): change(rows[name]) for one, (name, change) in changes}
