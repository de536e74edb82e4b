"""A store that is open and grows with rows as they come in: only what they concern is computed anew, and in memory.

The engine keeps all rows, and every query is spelled once. What is known afterwards has the bits of a store to which
the same rows are appended on the disk.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias, final

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from typing_extensions import override

from banian.features.appended import Appended
from banian.features.build_store import all_parts
from banian.features.plan import Types
from banian.features.store_change import Change
from banian.features.store_index import Place, StoredPart, read_index
from banian.features.store_parts import AbstractStorePart
from banian.features.stored_events import StoredEvents
from banian.features.stored_rows import StoredRows, merge_rows
from banian.features.stored_tables import read_tables
from banian.features.taking_rows import AbstractLiveStore
from banian.features.ticks import to_tick
from banian.spec import ShopSpec
from banian.tables import POSITION, Database, DuckDB, PlainRows, Table

_LAYERS = 8
"""Layers of one part above the store at most; then they become one."""
_HOURS = 20
"""Of rows in fewer hours none lies far after the others (tables/span.py)."""
_BATCH = 2**17
_MEMORY = Path("/dev/shm")
_Layer: TypeAlias = tuple[StoredPart, StoredRows]


@final
class LiveStore(AbstractLiveStore):
    """What is known of entities, kept up with rows that come in.

    Args:
        spec: the shop.
        types: the types of its columns.
        folder: where the store lies; nothing is written into it.
        engine: keeps all rows.

    Raises:
        BundleError: there is no store, or it was built for another spec.

    """

    def __init__(self, spec: ShopSpec, types: Types, folder: Path, engine: DuckDB) -> None:
        while True:
            index = read_index(folder)
            self._base = StoredEvents(spec, types, folder)
            tables = read_tables(engine, spec, folder, index, index.segments)
            kept = {name: replace(one, rows=engine.keep(one.rows)) for name, one in tables.items()}
            if read_index(folder) == index:
                break  # nobody wrote it anew meanwhile
        self.applied = index.applied
        """Number of the newest event in the log that the folder holds."""
        self.events = self._base
        """What is known now."""
        self._spec, self._engine = spec, engine
        nothing = engine.keep(next(iter(kept.values())).rows.limit(0)) if kept else None
        assert nothing is not None
        self._database = Database(spec, engine, kept, nothing)
        self._came = {name: self._empty(one) for name, one in kept.items()}
        self._went = {name: self._empty(one) for name, one in kept.items()}
        self._read = {name: one.report.read for name, one in kept.items()}
        self._readers: dict[str, tuple[pa.Schema, PlainRows]] = {}
        self._parts = list(all_parts(self._database))
        self._queries: dict[tuple[int, frozenset[str]], tuple[str, str] | None] = {}
        self._above: dict[Place, list[_Layer]] = {}

    def _empty(self, table: Table) -> Table:
        return replace(table, rows=self._engine.keep(table.rows.limit(0)))

    @override
    def add(self, rows: Mapping[str, pa.Table]) -> Appended | None:
        # what is read among all rows: rows that may be set aside, change how a column is held, or describe whom others
        # describe
        given = {name: one for name, one in rows.items() if len(one)}
        read = {name: self._plain(name, one) for name, one in given.items()}
        taken = {name: one for name, one in read.items() if one is not None}
        if len(taken) < len(given) or self._is_intricate(taken) or self._is_long(taken):
            return None
        run = self._engine.backend.con.execute
        run("BEGIN")
        try:
            counts = {name: self._take(name, one) for name, one in taken.items()}
            touched = frozenset(name for name, (came, _) in counts.items() if came)
            layers = list(self._compute(touched))
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise
        for name in touched:
            self._read[name] += counts[name][0]
        for layer in layers:
            self._put(layer)
        facts = replace(self.events.facts, ends=self._ends(touched, taken))
        every = (one for above in self._above.values() for one in reversed(above))
        self.events = self._base.covered(every, facts)
        came, went = (sum(one[at] for one in counts.values()) for at in (0, 1))
        return Appended(came - went, went)

    def _plain(self, name: str, rows: pa.Table) -> pa.Table | None:
        if self._spec.source(name).lookup:
            return None
        known = self._readers.get(name)
        if known is None or known[0] != rows.schema:
            types = self._database.tables[name].types
            reader = PlainRows(self._engine, self._spec, name, types, rows.schema)
            known = self._readers[name] = rows.schema, reader
        return known[1].read(rows)

    def _is_intricate(self, taken: Mapping[str, pa.Table]) -> bool:
        """Say whether rows change what other rows took over from them, or who is described by one row."""
        for name in self._database.tables:
            source = self._spec.source(name)
            looked_up = {source.links[path.partition(".")[0]] for path in source.lookup.values()}
            if looked_up & taken.keys():
                return True
        touched = frozenset(taken)
        return any(
            part.places[0].kind == "static" and self._affected(part, touched) is not None
            for part in self._parts
        )

    def _is_long(self, taken: Mapping[str, pa.Table]) -> bool:
        """Say whether rows are of so many hours that some may lie far after the others."""
        for name, rows in taken.items():
            time = self._spec.source(name).time
            hours = [] if time is None else pc.unique(pc.floor_temporal(rows[time], unit="hour"))
            if len(hours) >= _HOURS:
                return True
        return False

    def _take(self, name: str, rows: pa.Table) -> tuple[int, int]:
        """Put rows among those of a table; say how many say something new, and how many were replaced."""
        con, quote = self._engine.backend.con, self._engine.quote
        every, came, went = (
            quote(one[name].rows.op().name)
            for one in (self._database.tables, self._came, self._went)
        )
        types = self._database.tables[name].types
        columns = ", ".join(map(quote, types))
        position, source = quote(POSITION), quote("banian new rows")
        con.execute(f"DELETE FROM {came}; DELETE FROM {went}")
        con.register("banian new rows", rows)
        # the kinds of Arrow are those of the table, but for the width of decimals
        con.execute(f"INSERT INTO {came} BY NAME SELECT {columns}, {position} FROM {source}")
        con.unregister("banian new rows")
        replaced = 0
        if (declared := self._spec.source(name).key) is not None:
            key = quote(declared)
            con.execute(f"INSERT INTO {went} SELECT * FROM {every} SEMI JOIN {came} USING ({key})")
            (replaced,) = con.execute(f"SELECT count(*) FROM {went}").fetchone() or (0,)
        if replaced:
            same = f"SELECT {key} FROM (SELECT {columns} FROM {went} INTERSECT SELECT {columns} FROM {came})"
            con.execute(f"DELETE FROM {came} WHERE {key} IN ({same})")
            con.execute(f"DELETE FROM {went} WHERE {key} NOT IN (SELECT {key} FROM {came})")
            con.execute(f"DELETE FROM {every} WHERE {key} IN (SELECT {key} FROM {went})")
            (replaced,) = con.execute(f"SELECT count(*) FROM {went}").fetchone() or (0,)
        con.execute(
            f"INSERT INTO {every} BY NAME SELECT {columns}, {position} + {self._read[name]} AS {position} FROM {came}"
        )
        (added,) = con.execute(f"SELECT count(*) FROM {came}").fetchone() or (0,)
        return added, replaced

    def _compute(self, touched: frozenset[str]) -> Iterator[_Layer]:
        """Compute what the parts know of the keys that the rows concern."""
        con = self._engine.backend.con
        place = _MEMORY if _MEMORY.is_dir() else None
        with tempfile.TemporaryDirectory(prefix="banian-", dir=place) as scratch:
            for at, part in enumerate(self._parts):
                spelled = self._spelled(at, part, touched)
                if spelled is None:
                    continue
                affected, selected = spelled
                con.execute(f'CREATE OR REPLACE TEMP TABLE "keys {at}" AS {affected}')
                names = part.names_of(con.sql(f'SELECT * FROM "keys {at}"').to_arrow_table())
                if not len(names):
                    continue
                folders = [Path(scratch) / f"{at} {one}" for one in range(len(part.places))]
                batches = con.sql(selected).to_arrow_reader(_BATCH)
                for written, folder in zip(
                    part.write(batches, names, folders), folders, strict=True
                ):
                    yield written, StoredRows(folder)  # mapped: it stays when the folder goes

    def _spelled(
        self, at: int, part: AbstractStorePart, touched: frozenset[str]
    ) -> tuple[str, str] | None:
        """Spell which keys rows of some tables concern, and what is written of them; none where they concern none."""
        if (at, touched) not in self._queries:
            affected = self._affected(part, touched)
            found = None
            if affected is not None:
                keys = self._engine.table(f"keys {at}", dict(affected.schema()))
                selected = part.select(self._database, keys)
                found = self._engine.compile(affected), self._engine.compile(selected)
            self._queries[at, touched] = found
        return self._queries[at, touched]

    def _affected(self, part: AbstractStorePart, touched: frozenset[str]) -> ir.Table | None:
        came = {name: self._came[name] for name in touched}
        went = {name: self._went[name].rows for name in touched}
        return part.affected(Change(self._database, came, went))

    def _put(self, layer: _Layer) -> None:
        part, _ = layer
        above = self._above.setdefault(part.place, [])
        above.insert(0, layer)
        if len(above) > _LAYERS and (merged := merge_rows([one for _, one in above])) is not None:
            self._above[part.place] = [(part, merged)]

    def _ends(self, touched: frozenset[str], taken: Mapping[str, pa.Table]) -> dict[str, int]:
        """Say where the tables end; one does not end with a row that is dated after tomorrow, or far after others."""
        ends = dict(self.events.facts.ends)
        tomorrow = to_tick(datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1))
        for name in touched:
            time = self._spec.source(name).time
            if time is None:
                continue
            ticks = np.asarray(taken[name][time].cast(pa.timestamp("us")).cast(pa.int64()))
            end = int(ticks.max())
            if end <= tomorrow:
                ends[name] = max(end, ends.get(name, end))
        return ends
