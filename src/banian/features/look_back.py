"""What windows before each ask hold, from any source: NumPy above the events that it gives."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from banian.features.plan import Types
from banian.features.source import AbstractEventSource, Asks
from banian.features.window import WindowedEvents, aggregate, form_of
from banian.spec import ShopSpec
from banian.spec.node import Aggregate

_EMPTY_IS_ZERO = ("count", "count_distinct", "sum")


def look_back(
    source: AbstractEventSource[Asks],
    asks: Asks,
    entity: str | None,
    parts: Sequence[Aggregate],
    where: str,
) -> list[pa.Array]:
    """Aggregate, for each ask, what some windows before it hold.

    `entity` is who is asked about, nothing for rows of a table; `where` names the windows' place in the spec. Gives one
    array for each window, in the order of the asks: true or false, float64, texts or lists of texts.

    Raises:
        SpecError: a column does not exist, or cannot be aggregated so.

    """
    rows, groups = source.count(asks), dict[WindowedEvents, list[int]]()
    for at, part in enumerate(parts):
        groups.setdefault(windowed_events(source.spec, source.types, entity, part), []).append(at)
    found: list[list[pa.Array]] = [[] for _ in parts]
    for read, places in groups.items():
        order = []
        starts = [parts[at].window.start for at in places]
        for events in source.window_events(asks, read, starts, where):
            order.append(events.ask)
            for at in places:
                found[at].append(aggregate(events, parts[at]))
        asked = np.concatenate([np.zeros(0, np.int64), *order])
        for at in places:
            found[at] = [_in_order(parts[at], found[at], asked, rows)]
    return [one for (one,) in found]


def windowed_events(
    spec: ShopSpec, types: Types, entity: str | None, part: Aggregate
) -> WindowedEvents:
    """Say which events a window reads."""
    kind = None if part.column is None else types.get(part.table, {}).get(part.column)
    form = form_of(
        part.function, None if kind is None else kind.kind, 0 if kind is None else kind.scale
    )
    same = part.same if entity is None else (spec.links_to(entity)[part.table][0],)
    return WindowedEvents(entity, part.table, same, part.column, part.where, form)


def _in_order(
    part: Aggregate, found: list[pa.Array], ask: Int64[np.ndarray, " asked"], rows: int
) -> pa.Array:
    """Put what was found for the asks that name a key into the order of all; the others see nothing."""
    values = pa.concat_arrays(found)
    place = np.full(rows, -1)
    place[ask] = np.arange(len(ask))
    values = values.take(pa.array(place, mask=place < 0))
    if part.function in _EMPTY_IS_ZERO:
        return values.fill_null(0.0)
    if part.function == "exists":
        return values.fill_null(False)
    if part.function == "list_distinct":
        sizes = values.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
        return pa.ListArray.from_arrays(offsets, values.flatten())
    return values
