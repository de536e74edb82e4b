"""The parts of a store that are read for asks alone: events of windows before them, and what their rows look up."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import final

import ibis.expr.types as ir
import pyarrow as pa
from typing_extensions import override

from banian.features.build_windows import same_of, select_windows, windows_back, write_windows
from banian.features.store_change import Change
from banian.features.store_index import StoredPart
from banian.features.store_parts import AbstractStorePart
from banian.features.stored_events import LOOKED_UP
from banian.features.stored_windows import key_texts, place_of
from banian.features.window import WindowedEvents
from banian.features.write_keyed import select_keyed, write_keyed
from banian.spec import ShopSpec, SourceTableSpec
from banian.tables import Database


def parts_of_asks(database: Database) -> Iterator[AbstractStorePart]:
    """Give everything that a store keeps for asks."""
    for read in windows_back(database).values():
        yield _Windows(read)
    for name in dict.fromkeys(task.about for task in database.spec.tasks.values()):
        declared = database.spec.tables[name]
        if isinstance(declared, SourceTableSpec):
            paths = database.spec.lookups_of_asks(name).items()
            yield from (_Lookup(database.spec, name, column, path) for column, path in paths)


@final
class _Windows(AbstractStorePart):
    """The events that some windows read, those of a key together."""

    def __init__(self, read: WindowedEvents) -> None:
        self._read = read

    @property
    @override
    def places(self) -> Sequence[StoredPart]:
        return [StoredPart("windows", "", place_of(self._read))]

    @override
    def affected(self, change: Change) -> ir.Table | None:
        same = dict(zip(same_of(self._read), self._read.same, strict=True))
        return change.combined(self._read.table, same)

    @override
    def names_of(self, keys: pa.Table) -> pa.Array:
        return key_texts([keys[name].combine_chunks() for name in same_of(self._read)])

    @override
    def select(self, database: Database, keys: ir.Table | None) -> ir.Table:
        return select_windows(database, self._read, keys)

    @override
    def write(
        self, batches: pa.RecordBatchReader, wanted: pa.Array | None, folders: Sequence[Path]
    ) -> Sequence[StoredPart]:
        facts = write_windows(batches, self._read, wanted, folders[0])
        return [replace(place, facts=facts) for place in self.places]


@final
class _Lookup(AbstractStorePart):
    """What rows of a table look up by a link: for each key of the other table its value."""

    def __init__(self, spec: ShopSpec, table: str, column: str, path: str) -> None:
        declared = spec.source(table)
        link, _, self._wanted = path.partition(".")
        self._table, self._column = table, column
        self._other, self._key = declared.links[link], str(spec.source(declared.links[link]).key)

    @property
    @override
    def places(self) -> Sequence[StoredPart]:
        return [StoredPart("lookup", self._table, self._column)]

    @override
    def affected(self, change: Change) -> ir.Table | None:
        return change.named(self._other, self._key)

    @override
    def select(self, database: Database, keys: ir.Table | None) -> ir.Table:
        rows = database.tables[self._other].rows
        value = rows[self._wanted].cast("string")
        return select_keyed(rows, self._key, {LOOKED_UP: value}, keys)

    @override
    def write(
        self, batches: pa.RecordBatchReader, wanted: pa.Array | None, folders: Sequence[Path]
    ) -> Sequence[StoredPart]:
        write_keyed(batches, [LOOKED_UP], wanted, folders[0])
        return self.places
