"""The columns of some events in memory: what runs along with them, and what a sequence shows of each event."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int64

from banian.features.feature import GAP
from banian.features.groups import KnownTogether
from banian.features.numbers import Values, run_gaps, run_numbers, run_truths
from banian.features.path import EventPath
from banian.features.state import RunningColumn, RunningState
from banian.features.summary import ColumnKind, Columns, run_categories
from banian.features.ticks import DAY
from banian.features.timeline import Timeline

_CELLS = 2**22
"""Columns times events that are held at once: of many events one column, of few many."""


def run_columns(
    path: EventPath,
    group: KnownTogether,
    timeline: Timeline,
    starts: Int64[np.ndarray, " event"],
    rows: pa.Table,
    shown: dict[str, pa.Array],
) -> Iterator[Columns]:
    """Run along events and a group of their columns, some at a time; put what sequences show of them into `shown`.

    `timeline` says when the columns of each event became known, `starts` where its entity's events begin, and `rows`
    has the columns, each called `column NAME`.
    """
    tick = timeline.tick

    def columns(
        names: Sequence[str],
        kind: ColumnKind,
        running: Iterable[RunningColumn],
        units: np.ndarray | None,
    ) -> Columns:
        state = RunningState(running, timeline)
        return Columns(tuple((path.name, name) for name in names), kind, state, timeline, units)

    if group.known.is_at_row:
        gaps = RunningState([run_gaps(tick, starts)], timeline)
        yield Columns(((path.name, None),), "event", gaps, timeline)
        gap = np.diff(tick, prepend=0) / float(DAY)
        is_first = np.arange(len(gap)) == starts
        shown[GAP] = pa.array(gap, mask=is_first)
    size = max(1, _CELLS // max(len(rows), 1))
    is_float = {n: pa.types.is_floating(rows[f"column {n}"].type) for n in group.numbers}
    for part in _cut([n for n in group.numbers if is_float[n]], size):
        yield columns(part, "number", _run_numbers(part, starts, rows, shown)[0], None)
    for part in _cut([n for n in group.numbers if not is_float[n]], size):
        yield columns(part, "number", *_run_numbers(part, starts, rows, shown))
    for part in _cut(group.truths, size):
        running = []
        for name in part:
            values, known, _ = read_numbers(rows[f"column {name}"])
            running.append(run_truths(values, known))
            shown[name] = pa.array(values / 1.0, mask=~known)
        yield columns(part, "truth", running, np.ones(len(part)))
    for part in _cut(group.categories, size):
        running = []
        for name in part:
            texts = rows[f"column {name}"].combine_chunks().dictionary_encode()
            codes = pc.fill_null(texts.indices, -1).to_numpy().astype(np.int64)
            running.append(run_categories(tick, codes, starts))
            words = texts.dictionary.cast(pa.string())
            shown[name] = pa.DictionaryArray.from_arrays(texts.indices, words)
        yield columns(part, "category", running, None)


def read_numbers(column: pa.ChunkedArray) -> tuple[Values, Bool[np.ndarray, " event"], float]:
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


def _run_numbers(
    names: Sequence[str],
    starts: Int64[np.ndarray, " event"],
    rows: pa.Table,
    shown: dict[str, pa.Array],
) -> tuple[list[RunningColumn], np.ndarray]:
    columns, units = [], []
    for name in names:
        values, known, unit = read_numbers(rows[f"column {name}"])
        columns.append(run_numbers(values, known, starts))
        units.append(unit)
        shown[name] = pa.array(values / unit, mask=~known)
    return columns, np.array(units)


def _cut(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[at : at + size] for at in range(0, len(names), size))
