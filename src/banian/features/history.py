"""What an entity has done so far, for each ask: the events stream out of the engine sorted, and are read once.

A chunk holds all events of some entities. Every feature is a difference of running sums, or a search, along it; so the
engine does what engines are for (links, clocks, one sort), and whoever has an entity's events in order, like a server,
can compute the same features by the same code.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias, final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from banian.features.events import Events
from banian.features.feature import Feature
from banian.features.groups import KnownTogether
from banian.features.running_columns import Shown, run_columns
from banian.features.sequence import SequenceBuilder
from banian.features.state import RunningState
from banian.features.summary import run_gaps, summarise_events
from banian.features.timeline import Timeline
from banian.features.windows import Statistic
from banian.tables import AbstractEngine

_CHUNK = 2**21
"""Events at a time: enough for whole-array arithmetic, and few beside what a machine holds."""
Planned: TypeAlias = Mapping[tuple[str | None, Statistic], Feature]
"""Column and statistic → the feature that it is."""


@final
class Asking:
    """Who asks about an entity, and when; the keys are numbered in their order."""

    def __init__(self, engine: AbstractEngine, asks: ir.Table) -> None:
        known = asks.filter(asks.key.notnull())
        self.engine = engine
        distinct = known.select("key").distinct()
        code = ibis.row_number().over(ibis.window(order_by=distinct.key))
        self.keys = engine.keep(distinct.mutate(code=code))
        """Columns key and code."""
        numbered = known.join(self.keys, "key").select("ask", "code", "at")
        read = numbered.order_by("code", "at", "ask").to_pyarrow()
        self.ask, self.code, self.at = (read[name].to_numpy() for name in read.column_names)

    def close(self) -> None:
        """Drop what the engine keeps of it."""
        self.engine.drop(self.keys)


@final
class History:
    """Features and sequences of one path, filled in chunk by chunk.

    Args:
        events: the events of the path.
        features: what is made of them, by column and statistic.
        asks: how many rows ask.

    """

    def __init__(self, events: Events, features: Planned, asks: int) -> None:
        self._events, self._planned, self._asks = events, features, asks
        self._features: dict[str, Float[np.ndarray, " ask"]] = {}
        self._sequences = [SequenceBuilder(asks) for _ in events.groups]

    def add(self, chunk: pa.Table, asking: Asking, part: slice) -> None:
        """Summarise the events of some entities for the asks about them."""
        ask = asking.ask[part]
        for place, group in enumerate(self._events.groups):
            is_own = group.known.is_at_row
            rows = chunk if is_own else _by_clock(chunk, place, group)
            code, tick = rows["code"].to_numpy(), rows[f"tick {place}"].to_numpy()
            timeline = Timeline(code, tick, asking.code[part], asking.at[part])
            if is_own:
                gaps = RunningState([run_gaps(timeline)])
                for statistic, values in summarise_events(timeline, gaps).items():
                    self._put(None, statistic, ask, values)
            shown: Shown = {}
            for columns in run_columns(group, timeline, rows, shown):
                for column, statistic, values in columns.summarise(timeline):
                    self._put(column, statistic, ask, values)
            self._sequences[place].add(pa.table(shown), ask, timeline.first, timeline.stop)

    def features(self) -> pa.Table:
        """Give one row per ask; absent where nothing was known."""
        columns = {n: pa.array(c, from_pandas=True) for n, c in sorted(self._features.items())}
        return pa.table(columns)

    def sequences(self) -> dict[str, pa.Table]:
        """Give the newest events of each ask, by path and by when their columns become known."""
        path = self._events.path
        return {
            group.sequence_of(path): builder.build(path)
            for group, builder in zip(self._events.groups, self._sequences, strict=True)
        }

    def _put(
        self,
        column: str | None,
        statistic: Statistic,
        ask: Int[np.ndarray, " ask"],
        values: Float[np.ndarray, " ask"],
    ) -> None:
        name = self._planned[column, statistic].name
        if name not in self._features:
            self._features[name] = np.full(self._asks, np.nan)
        self._features[name][ask] = values


def read_history(
    asking: Asking, events: Events, features: Planned, *, asks: int
) -> tuple[pa.Table, dict[str, pa.Table]]:
    """Give the features and the sequences of every ask, in the order of `ask`."""
    history, done = History(events, features, asks), 0
    for chunk, is_last in _chunks(asking, events):
        last = len(asking.code)
        stop = (
            last
            if is_last
            else int(np.searchsorted(asking.code, chunk["code"][-1].as_py(), "right"))
        )
        history.add(chunk, asking, slice(done, stop))
        done = stop
    return history.features(), history.sequences()


def _chunks(asking: Asking, events: Events) -> Iterator[tuple[pa.Table, bool]]:
    """Give the events of the asking entities in their order, cut between entities, and whether these are the last."""
    names = [name for group in events.groups for name in group.columns]
    ticks = [f"tick {place}" for place in range(len(events.groups))]
    rows = events.rows.filter(events.rows[ticks[0]] < int(asking.at.max(initial=0)))
    rows = rows.join(asking.keys, "key").select("code", *ticks, *(f"column {n}" for n in names))
    # Twins of an instant stand in the order of what they hold and what was known of them then.
    twins = (f"column {name}" for name in events.groups[0].columns)
    ordered = rows.order_by("code", ticks[0], *twins)
    batches = asking.engine.stream(ordered)
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


def _by_clock(chunk: pa.Table, place: int, group: KnownTogether) -> pa.Table:
    """Order the events by when later columns became known; what never did is left out."""
    keys = ["code", f"tick {place}", *(f"column {name}" for name in group.columns)]
    rows = chunk.filter(pc.is_valid(chunk[f"tick {place}"])).select(keys)
    return rows.sort_by([(key, "ascending") for key in keys])
