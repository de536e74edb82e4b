"""The tables of an engine as a source: events stream out of it sorted, and are read once.

The engine does what engines are for (links, the moments at which values are known, one sort). A chunk holds all events
of some entities; everything above it is arithmetic along a timeline.
"""

from collections.abc import Iterator, Sequence
from typing import final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool
from typing_extensions import override

from banian.features.asks import OWN
from banian.features.attributes import ASK, AT, ROW, read_attributes
from banian.features.compile_tree import compile_condition, compile_level
from banian.features.engine_ticks import known_tick, since_of, tick_of
from banian.features.engine_windows import read_windows
from banian.features.entity_plan import HistoryPlan
from banian.features.event_stretches import in_time, stretches_of
from banian.features.events import Events, select_events
from banian.features.feature import Feature
from banian.features.feature_columns import FeatureColumns
from banian.features.path import EventPath
from banian.features.plan import Described
from banian.features.source import AbstractEventSource, Stretch
from banian.features.window import WindowedEvents, WindowEvents
from banian.spec import AT_ROW
from banian.spec.window import Offset
from banian.tables import POSITION, Database, Table, is_one_to_many

_CHUNK = 2**21
"""Events at a time: enough for whole-array arithmetic, and few beside what a machine holds."""


@final
class EngineEvents(AbstractEventSource[ir.Table]):
    """Answers for rows of an engine that have ask, key and at, and where rows of a table ask their columns behind OWN.

    Args:
        database: the tables.
        is_new: whether a model knows already which features it reads, so that these tables are not judged.

    """

    def __init__(self, database: Database, *, is_new: bool = False) -> None:
        super().__init__(database.spec, database.types)
        self._database, self._is_new = database, is_new

    @override
    def keys(self, asks: ir.Table) -> pa.Array:
        return asks.order_by("ask").key.cast("string").to_pyarrow().combine_chunks()

    @override
    def distinct(self, asks: ir.Table) -> tuple[ir.Table, None]:
        return asks, None

    @override
    def linked(self, asks: ir.Table, column: str) -> ir.Table:
        return asks.select("ask", "at", key=asks[OWN + column])

    @override
    def onward(self, asks: ir.Table, one: Described, *, has_time: bool) -> ir.Table:
        assert one.key is not None
        table = self._database.tables[one.key.table]
        right = table.rows.select(
            entity_key=table.rows[str(table.spec.key)],
            parent=table.rows[str(one.key.column)],
            since=since_of(table),
        )
        joined = asks.left_join(right, asks.key == right.entity_key)
        key = joined.parent
        if has_time and table.spec.time is not None:
            key = (joined.since < joined["at"]).ifelse(key, ibis.null(key.type()))
        return self._database.engine.keep(joined.select("ask", "at", key=key))

    @override
    def itself(self, asks: ir.Table, table: str, features: Sequence[Feature]) -> FeatureColumns:
        asked = asks.select(**{ASK: asks.ask, AT: asks["at"], ROW: asks[OWN + POSITION]})
        read = self._read(self._database.tables[table], asked, features)
        return FeatureColumns(len(read), others=read)

    @override
    def attributes(
        self, asks: ir.Table, entity: str, features: Sequence[Feature], *, has_time: bool
    ) -> tuple[FeatureColumns, Bool[np.ndarray, " ask"]]:
        table, engine = self._database.tables[entity], self._database.engine
        groups = {AT_ROW: list[Feature]()}
        for feature in features:
            groups.setdefault(feature.known if has_time else AT_ROW, []).append(feature)
        right = table.rows.select(
            entity_key=table.rows[str(table.spec.key)],
            since=since_of(table),
            place=table.rows[POSITION],
            **{
                f"known {at}": known_tick(table.spec, table.rows, known)
                for at, known in enumerate(groups)
                if not known.is_at_row
            },
        )
        joined = asks.left_join(right, asks.key == right.entity_key)
        is_there = joined.entity_key.notnull()
        if table.spec.time is not None and has_time:
            is_there = is_there & (joined.since < joined["at"])
        places = {}
        for at, known in enumerate(groups):
            seen = is_there
            if not known.is_at_row:
                seen = seen & (joined[f"known {at}"] < joined["at"]).fill_null(False)
            places[f"place {at}"] = seen.ifelse(joined.place, ibis.null("int64"))
        told = engine.keep(
            joined.select(**{ASK: joined.ask, AT: joined["at"], "there": is_there, **places})
        )
        parts = [
            self._read(table, told.select(ASK, AT, **{ROW: told[f"place {at}"]}), group)
            for at, group in enumerate(groups.values())
        ]
        there = np.asarray(pc.fill_null(told.order_by(ASK).there.to_pyarrow(), False))
        engine.drop(told)
        read = pa.table({n: part[n] for part in parts for n in part.column_names})
        return FeatureColumns(len(there), others=read), there

    @override
    def describes(self, entity: str, path: EventPath) -> bool:
        return self._is_new or not is_one_to_many(self._database.tables[path.table], path.link)

    @override
    def description(
        self,
        asks: ir.Table,
        entity: str,
        path: EventPath,
        features: Sequence[Feature],
        present: Bool[np.ndarray, " ask"],
    ) -> FeatureColumns:
        table = self._database.tables[path.table]
        only = one_each(table, path.link)
        joined = asks.left_join(only, asks.key == only.described)
        asked = joined.select(**{ASK: joined.ask, AT: joined["at"], ROW: joined.place})
        read, absent = self._read(table, asked, features), pa.array(~present)
        told = {name: pc.if_else(absent, None, read[name]) for name in read.column_names}
        return FeatureColumns(len(present), others=pa.table(told))

    @override
    def stretches(
        self, asks: ir.Table, entity: str, histories: Sequence[HistoryPlan]
    ) -> Iterator[Stretch]:
        asking = _Asking(self._database, asks)
        for history in histories:
            events = select_events(self._database, history.path, history.groups)
            yield from asking.stretches(history, events)
        asking.close()

    @override
    def count(self, asks: ir.Table) -> int:
        return int(asks.count().to_pyarrow().as_py())

    @override
    def own(self, asks: ir.Table, columns: Sequence[str], entity: str | None) -> pa.Table:
        rows = asks if entity is None else self._beside(asks, columns, entity)
        named = {name: rows[OWN + name] for name in columns}
        read = {n: tick_of(c) if c.type().is_timestamp() else c for n, c in named.items()}
        return rows.order_by("ask").select("ask", **read).to_pyarrow().drop_columns("ask")

    def _beside(self, asks: ir.Table, columns: Sequence[str], entity: str) -> ir.Table:
        """Put columns of the entity's own row beside each ask."""
        table = self._database.tables[entity]
        right = table.rows.select(
            entity_key=table.rows[str(table.spec.key)],
            since=since_of(table),
            **{OWN + name: table.rows[name] for name in columns},
        )
        joined = asks.left_join(right, asks.key == right.entity_key)
        if table.spec.time is None:
            return joined
        is_there = joined.since < joined["at"]
        own = {OWN + name: joined[OWN + name] for name in columns}
        return joined.mutate(**{n: is_there.ifelse(c, ibis.null(c.type())) for n, c in own.items()})

    @override
    def window_events(
        self, asks: ir.Table, read: WindowedEvents, starts: Sequence[Offset], where: str
    ) -> Iterator[WindowEvents]:
        return read_windows(self._database, asks, read, starts, where)

    @override
    def level_sql(self, task: str) -> str | None:
        return compile_level(self._database, task, self.spec.tasks[task])

    @override
    def condition_sql(self, task: str) -> str | None:
        return compile_condition(self._database, task, self.spec.tasks[task])

    def _read(self, table: Table, asked: ir.Table, features: Sequence[Feature]) -> pa.Table:
        return read_attributes(self._database.engine, table, asked, features)


def one_each(table: Table, link: str) -> ir.Table:
    """Give, of whoever has but one row in a table, the key (`described`) and the position of that row (`place`)."""
    rows = table.rows.select(described=table.rows[link], place=table.rows[POSITION])
    rows = rows.filter(rows.described.notnull())
    only = rows.group_by("described").aggregate(n=rows.count(), place=rows.place.min())
    return only.filter(only.n == 1)


@final
class _Asking:
    """Who asks about an entity, and when; the keys are numbered in their order."""

    def __init__(self, database: Database, asks: ir.Table) -> None:
        self._engine = database.engine
        known = asks.filter(asks.key.notnull())
        distinct = known.select("key").distinct()
        code = ibis.row_number().over(ibis.window(order_by=distinct.key))
        self._keys = self._engine.keep(distinct.mutate(code=code))  # columns key and code
        numbered = known.join(self._keys, "key").select("ask", "code", "at")
        read = numbered.order_by("code", "at", "ask").to_pyarrow()
        self._ask, self._code, self._at = (read[name].to_numpy() for name in read.column_names)

    def close(self) -> None:
        """Drop what the engine keeps of it."""
        self._engine.drop(self._keys)

    def stretches(self, history: HistoryPlan, events: Events) -> Iterator[Stretch]:
        """Give the events of a path chunk by chunk, each for every group of columns."""
        done = 0
        for chunk, is_last in self._chunks(events):
            stop = len(self._code)
            if not is_last:
                stop = int(np.searchsorted(self._code, chunk["code"][-1].as_py(), "right"))
            part = slice(done, stop)
            yield from stretches_of(
                history, chunk, self._ask[part], self._code[part], self._at[part]
            )
            done = stop

    def _chunks(self, events: Events) -> Iterator[tuple[pa.Table, bool]]:
        """Give the events of those who ask in their order, cut between entities; and whether these are the last."""
        names = [name for group in events.groups for name in group.columns]
        ticks = [f"tick {place}" for place in range(len(events.groups))]
        rows = events.rows.filter(events.rows[ticks[0]] < int(self._at.max(initial=0)))
        rows = rows.join(self._keys, "key").select("code", *ticks, *(f"column {n}" for n in names))
        batches = self._engine.stream(in_time(rows, events.groups, "code"))
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            if sum(map(len, waiting)) >= _CHUNK:
                table = pa.Table.from_batches(waiting)
                code = table["code"].to_numpy()
                cut = int(np.searchsorted(code, code[-1]))  # its last entity may go on
                if cut:
                    yield table.slice(0, cut), False
                    waiting = table.slice(cut).to_batches()
        yield pa.Table.from_batches(waiting, batches.schema), True
