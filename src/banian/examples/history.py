"""What an entity has done so far, for each ask: the events stream out of the engine sorted, and are read once.

A chunk holds all events of some entities. Every feature is a difference of running sums, or a search, along it; so the
engine does what engines are for (links, clocks, one sort), and whoever has an entity's events in order, like a server,
can compute the same features by the same code.
"""

from collections.abc import Iterator
from typing import final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int

from banian.examples.events import GAP, Clock, Events
from banian.examples.sequence import SequenceBuilder
from banian.examples.summary import (
    Numbers,
    summarise_categories,
    summarise_events,
    summarise_numbers,
    summarise_truths,
)
from banian.examples.timeline import Timeline
from banian.tables import AbstractEngine

_CHUNK = 2**21
"""Events at a time: enough for whole-array arithmetic, and few beside what a machine holds."""
_DAY = 86_400e6


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
    """Features and sequences, filled in chunk by chunk."""

    def __init__(self, events: Events, asks: int) -> None:
        self._events, self._asks = events, asks
        self._features: dict[str, Float[np.ndarray, " ask"]] = {}
        self._sequences = [SequenceBuilder(asks) for _ in events.clocks]

    def add(self, chunk: pa.Table, asking: Asking, part: slice) -> None:
        """Summarise the events of some entities for the asks about them."""
        ask = asking.ask[part]
        for place, clock in enumerate(self._events.clocks):
            rows = chunk if clock.is_own else _by_clock(chunk, place, clock)
            code, tick = rows["code"].to_numpy(), rows[f"tick {place}"].to_numpy()
            timeline = Timeline(code, tick, asking.code[part], asking.at[part])
            shown: dict[str, pa.Array | pa.ChunkedArray] = {}
            for column, found in _summarise(clock, timeline, rows, shown):
                name = ".".join(part for part in (self._events.name, column, found[0]) if part)
                if name not in self._features:
                    self._features[name] = np.full(self._asks, np.nan)
                self._features[name][ask] = found[1]
            shown = {f"{self._events.name}.{name}": column for name, column in shown.items()}
            self._sequences[place].add(pa.table(shown), ask, timeline.first, timeline.stop)

    def features(self) -> pa.Table:
        """Give one row per ask; absent where nothing was known."""
        columns = {n: pa.array(c, from_pandas=True) for n, c in sorted(self._features.items())}
        return pa.table(columns)

    def sequences(self) -> dict[str, pa.Table]:
        """Give the newest events of each ask, by path; what becomes known later by path and clock."""
        name = self._events.name
        return {
            name if clock.is_own else f"{name} later {place}": builder.build()
            for place, (clock, builder) in enumerate(
                zip(self._events.clocks, self._sequences, strict=True)
            )
        }


def read_history(
    asking: Asking, events: Events, *, asks: int
) -> tuple[pa.Table, dict[str, pa.Table]]:
    """Give the features and the sequences of every ask, in the order of `ask`."""
    history, done = History(events, asks), 0
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
    names = [name for clock in events.clocks for name in _columns(clock)]
    ticks = [f"tick {place}" for place in range(len(events.clocks))]
    rows = events.rows.filter(events.rows[ticks[0]] < int(asking.at.max(initial=0)))
    rows = rows.join(asking.keys, "key").select("code", *ticks, *(f"column {n}" for n in names))
    # Twins of an instant stand in the order of what they hold and what was known of them then.
    twins = (f"column {name}" for name in _columns(events.clocks[0]))
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


def _columns(clock: Clock) -> tuple[str, ...]:
    return (*clock.numbers, *clock.truths, *clock.categories)


def _by_clock(chunk: pa.Table, place: int, clock: Clock) -> pa.Table:
    """Order the events by when a later clock says that they became known; what never did is left out."""
    keys = ["code", f"tick {place}", *(f"column {name}" for name in _columns(clock))]
    rows = chunk.filter(pc.is_valid(chunk[f"tick {place}"])).select(keys)
    return rows.sort_by([(key, "ascending") for key in keys])


def _summarise(
    clock: Clock, timeline: Timeline, rows: pa.Table, shown: dict[str, pa.Array]
) -> Iterator[tuple[str, tuple[str, Float[np.ndarray, " ask"]]]]:
    """Give column, summary and values; put what sequences show into `shown`."""
    if clock.is_own:
        for found in summarise_events(timeline).items():
            yield "", found
        gap = np.diff(timeline.tick, prepend=0) / _DAY
        is_first = np.arange(len(gap)) == timeline.starts
        shown[GAP] = pa.array(gap, mask=is_first)
    for column in (*clock.numbers, *clock.truths):
        values, known, unit = _read_numbers(rows[f"column {column}"])
        numbers = Numbers(timeline, values, known, unit)
        summarise = summarise_numbers if column in clock.numbers else summarise_truths
        for found in summarise(numbers).items():
            yield column, found
        shown[column] = pa.array(values / unit, mask=~known)
    for column in clock.categories:
        texts = rows[f"column {column}"].combine_chunks().dictionary_encode()
        codes = pc.fill_null(texts.indices, -1).to_numpy().astype(np.int64)
        for found in summarise_categories(timeline, codes).items():
            yield column, found
        shown[column] = pa.DictionaryArray.from_arrays(
            texts.indices, texts.dictionary.cast(pa.string())
        )


def _read_numbers(
    column: pa.ChunkedArray,
) -> tuple[
    Int[np.ndarray, " event"] | Float[np.ndarray, " event"], Bool[np.ndarray, " event"], float
]:
    """Read numbers as whole multiples of a unit, what 64 bits hold of a decimal being its lower half, or as floats."""
    array = column.combine_chunks()
    known = np.asarray(pc.is_valid(array))
    if pa.types.is_floating(array.type):
        return pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False), known, 1.0
    if pa.types.is_decimal(array.type):
        wide = array.cast(pa.decimal128(38, array.type.scale))
        halves = np.frombuffer(wide.buffers()[1], np.int64)
        values = halves[2 * wide.offset :: 2][: len(wide)]
        unit = 10.0**array.type.scale
    else:
        values, unit = pc.fill_null(array.cast(pa.int64()), 0).to_numpy(), 1.0
    return np.where(known, values, 0), known, unit
