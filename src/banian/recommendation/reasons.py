"""Why an item is shown, in plain words: each from what is known, none made up."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int64

from banian.evaluation import number
from banian.features.ticks import DAY
from banian.recommendation.catalogue import Catalogue
from banian.recommendation.item_vectors import ItemVectors
from banian.recommendation.shop_events import LATELY, ShopEvents

_LAST_ITEMS = 3
"""Of the items that somebody had last, so many are compared with."""
_LIKE = 0.05
"""An item is like another if it is among so much of all candidates that are likest to it."""
_POPULAR = 0.1
_FEWEST = 3
"""So many events, or others, must say it."""
_NEAR = 0.25
"""A price is near another if it differs by so much of it at most."""
_TITLES = ("title", "name", "label")


@final
@dataclass(frozen=True)
class Past:
    """What somebody had.

    Args:
        items: the items, the newest first, each once → how many days ago it was last.
        times: item → how often.
        means: column of numbers → its mean over the events.

    """

    items: Mapping[str, float]
    times: Mapping[str, int]
    means: Mapping[str, float]

    def only(self, items: Collection[str]) -> "Past":
        """Leave out of it other items than these."""
        kept = {name: days for name, days in self.items.items() if name in items}
        return replace(self, items=kept)


def past_of(events: ShopEvents, who: str, at: int) -> Past:
    """Read what somebody had."""
    found = events.of(who, at)
    items, times = dict[str, float](), dict[str, int]()
    for name, tick in zip(events.items_of(found), found.at.tolist(), strict=True):
        if name is not None:
            items.setdefault(name, (at - tick) / DAY)
            times[name] = times.get(name, 0) + 1
    means = {
        column: float(np.nanmean(values.to_numpy(zero_copy_only=False)))
        for column, values in found.columns.items()
        if pa.types.is_floating(values.type) and values.null_count < len(values)
    }
    return Past(items, times, means)


@final
class Reasons:
    """Says why.

    Args:
        events: of the shop.
        catalogue: all items.
        vectors: of items; none where no encoder reads them.
        past: of the one who is told.
        who: his key.
        at: the tick as of which it is asked.
        scene: the place of use.

    """

    def __init__(
        self,
        events: ShopEvents,
        catalogue: Catalogue,
        vectors: ItemVectors | None,
        past: Past,
        *,
        who: str,
        at: int,
        scene: str | None,
    ) -> None:
        self._events, self._catalogue, self._past = events, catalogue, past
        self._scene = scene if events.scene is not None else None
        self._last = [one for one in past.items if one in catalogue.place][:_LAST_ITEMS]
        self._vectors = vectors
        self._together = [(one, *events.together(one, who, at)) for one in self._last]
        self._counts = events.popularity(catalogue.keys, at, self._scene)
        self._like: Float[np.ndarray, "last item"] | None = None
        self._pool: Sequence[str] = ()

    def compare(self, pool: Sequence[str]) -> None:
        """Hold all candidates against what was had last, so that it can be said which are like it."""
        self._pool = pool
        if self._vectors is not None and self._last:
            self._like = self._vectors.of(self._last) @ self._vectors.of(pool).T

    def of(self, item: str) -> tuple[str, ...]:
        """Give the reasons for an item of the pool, the most personal first."""
        return (
            *self._had(item),
            *self._is_like(item),
            *self._goes_with(item),
            *self._fits(item),
            *self._is_popular(item),
        )

    def _had(self, item: str) -> Iterator[str]:
        if item in self._past.items:
            times, days = self._past.times[item], self._past.items[item]
            often = "once" if times == 1 else f"{times} times"
            yield f"chosen {often} before, last {_ago(days)}"

    def _is_like(self, item: str) -> Iterator[str]:
        if self._like is None:
            return
        place = self._pool.index(item)
        few = max(1, round(_LIKE * len(self._pool)))
        for at, last in enumerate(self._last):
            like = self._like[at]
            others = [one != last for one in self._pool]
            ahead = int((like[others] > like[place]).sum())
            if item != last and ahead < few and like[place] > 0:
                yield f"similar to {self.name(last)}, chosen {_ago(self._past.items[last])}"
                return

    def _goes_with(self, item: str) -> Iterator[str]:
        for last, counts, others in self._together:
            if counts[item] >= _FEWEST and counts[item] >= _POPULAR * others:
                yield f"{counts[item]} of {others} others who chose {self.name(last)} chose this too"
                return

    def _fits(self, item: str) -> Iterator[str]:
        place = self._catalogue.place[item]
        for column, mean in self._past.means.items():
            own = self._priced(column)
            if own is None or mean <= 0:
                continue
            value = self._catalogue.columns[own][place].as_py()
            if value is not None and abs(float(value) - mean) <= _NEAR * mean:
                yield f"{own.replace('_', ' ')} {number(float(value))}, near the {number(mean)} of what they chose"
                return

    def _priced(self, column: str) -> str | None:
        """Name the column of items that says the price that a column of events says: `price`, or `list_price`."""
        for name in self._catalogue.columns.column_names:
            kind = self._catalogue.columns[name].type
            if "price" in column and name in (column, f"list_{column}") and not _is_text(kind):
                return name
        return None

    def _is_popular(self, item: str) -> Iterator[str]:
        counts: Int64[np.ndarray, " item"] = self._counts
        count = int(counts[self._catalogue.place[item]])
        if count >= _FEWEST and (counts > count).sum() < _POPULAR * len(counts):
            where = f" in {self._scene}" if self._scene is not None else ""
            yield f"popular{where}: {count:,} {self._events.table} in {LATELY.days} days"

    def name(self, item: str) -> str:
        """Call an item as a person would: by its title, where it has one."""
        return title_of(self._catalogue, item)


def title_of(catalogue: Catalogue, item: str) -> str:
    """Give the title of an item, its key where it has none."""
    for column in _TITLES:
        if column in catalogue.columns.column_names and item in catalogue.place:
            said: Any = catalogue.columns[column][catalogue.place[item]].as_py()
            if said:
                return str(said)
    return item


def _ago(days: float) -> str:
    whole = int(days)
    return "today" if whole == 0 else f"{whole:,} day{'' if whole == 1 else 's'} ago"


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
