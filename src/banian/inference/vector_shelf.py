"""Rows of numbers by key and instant, as many as fit: those that were asked for longest ago make room."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

_FIRST = 256
"""Rows that there is room for at first."""


@final
@dataclass(frozen=True)
class Encoded:
    """What is kept of the entities that some asks name, a row for each ask.

    Args:
        vectors: of all weight sets of all networks and all entities, side by side.
        past: numbers that rows of the grain are divided by; NaN where there is none.
        flags: whether the entity that is named was ever seen; then for each entity, whether it is there.

    """

    vectors: Float32[np.ndarray, "ask number"]
    past: Float64[np.ndarray, "ask feature"]
    flags: Bool[np.ndarray, "ask flag"]

    def take(self, index: Int64[np.ndarray, " some"]) -> "Encoded":
        """Give some rows, in their order."""
        return Encoded(self.vectors[index], self.past[index], self.flags[index])

    @classmethod
    def empty_like(cls, other: "Encoded", rows: int) -> "Encoded":
        """Make room for so many rows of the same widths."""
        parts = (other.vectors, other.past, other.flags)
        return cls(*(np.empty((rows, part.shape[1]), part.dtype) for part in parts))

    def put(self, index: Int64[np.ndarray, " some"], rows: "Encoded") -> None:
        """Write rows to these places."""
        self.vectors[index] = rows.vectors
        self.past[index] = rows.past
        self.flags[index] = rows.flags


@final
class VectorShelf:
    """Keeps what was encoded of keys, each as of one instant.

    Args:
        most: how many keys there is room for.

    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: OrderedDict[str | None, int] = OrderedDict()
        self._free: list[int] = []
        self._rows: Encoded | None = None
        self._at: Int64[np.ndarray, " place"] = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._places)

    def find(
        self, keys: Sequence[str | None], at: Int64[np.ndarray, " ask"], *, oldest: int
    ) -> Int64[np.ndarray, " ask"]:
        """Say where the rows of keys lie, as of at most `oldest` ticks before they are asked for; −1 where none does.

        What lies here as of a later instant than it is asked for says too much, and is not given.
        """
        places = self._places
        found = np.fromiter((places.get(key, -1) for key in keys), np.int64, len(keys))
        if not places:
            return found
        age = at - self._at[found]
        found[(age < 0) | (age > oldest)] = -1
        for key, place in zip(keys, found.tolist(), strict=True):
            if place >= 0:
                places.move_to_end(key)
        return found

    @property
    def keys(self) -> list[str | None]:
        """Whose rows are kept; those that were asked for longest ago first."""
        return [*self._places]

    def drop(self, keys: Iterable[str | None]) -> None:
        """Forget the rows of some keys."""
        self._free += [self._places.pop(key) for key in keys]

    def take(self, places: Int64[np.ndarray, " some"]) -> Encoded:
        """Give the rows at some places."""
        assert self._rows is not None
        return self._rows.take(places)

    def put(self, keys: Sequence[str | None], at: Int64[np.ndarray, " key"], rows: Encoded) -> None:
        """Keep rows as of the instants at which they were encoded; the latest of a key stays."""
        numbers, places = [], []
        for number in np.argsort(at, kind="stable").tolist():
            key = keys[number]
            place = self._places.get(key)
            if place is None:
                place = self._make_room(rows)
            elif self._at[place] > at[number]:
                continue
            self._places[key] = place
            self._places.move_to_end(key)
            self._at[place] = at[number]
            numbers.append(number)
            places.append(place)
        if numbers:
            assert self._rows is not None
            _, last = np.unique(places[::-1], return_index=True)  # of a place that was used twice
            index = len(places) - 1 - last
            self._rows.put(np.array(places)[index], rows.take(np.array(numbers)[index]))

    def _make_room(self, like: Encoded) -> int:
        """Give the place of one key more."""
        if len(self._places) >= self._most:
            return self._places.popitem(last=False)[1]
        if self._free:
            return self._free.pop()
        if len(self._places) == len(self._at):
            self._grow(like)
        return len(self._places)

    def _grow(self, like: Encoded) -> None:
        size = len(self._at)
        larger = min(max(_FIRST, 2 * size), self._most)
        rows = Encoded.empty_like(like, larger)
        if self._rows is not None:
            rows.put(np.arange(size), self._rows)
        self._rows = rows
        self._at = np.concatenate([self._at, np.zeros(larger - size, np.int64)])
