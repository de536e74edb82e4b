"""Features of some rows by name: numbers side by side where a source gives them so, all others as Arrow's columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Float64, Int, Int64


@final
@dataclass(frozen=True)
class NumberColumns:
    """Numbers of some rows, side by side.

    Args:
        names: what they are called.
        values: NaN where nothing was known.

    """

    names: tuple[str, ...]
    values: Float64[np.ndarray, "feature row"]


@final
@dataclass(frozen=True)
class FeatureColumns:
    """Features of some rows, each of which stands in one place.

    Args:
        rows: how many.
        numbers: numbers, some side by side.
        others: the rest: float64 or text, null where nothing was known.

    >>> some = NumberColumns(("b", "a"), np.array([[1.0], [np.nan]]))
    >>> FeatureColumns(1, (some,), pa.table({"c": ["x"]})).to_arrow().to_pydict()
    {'a': [None], 'b': [1.0], 'c': ['x']}

    """

    rows: int
    numbers: tuple[NumberColumns, ...] = ()
    others: pa.Table = field(default_factory=lambda: pa.table({}))

    @classmethod
    def join(cls, parts: Sequence["FeatureColumns"]) -> "FeatureColumns":
        """Put features of the same rows together, of which there is a part at least."""
        others = [part.others for part in parts if part.others.num_columns]
        joined = others[0] if len(others) == 1 else pa.table({})
        if len(others) > 1:
            joined = pa.table(
                {n: c for one in others for n, c in zip(one.column_names, one.columns, strict=True)}
            )
        return cls(parts[0].rows, tuple(one for part in parts for one in part.numbers), joined)

    def __len__(self) -> int:
        return self.rows

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The names of all features, sorted."""
        return _sorted(*(one.names for one in self.numbers), tuple(self.others.column_names))

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        if name in self.others.column_names:
            return self.others[name]
        return pa.chunked_array([pa.array(self.floats((name,))[0], from_pandas=True)])

    def floats(self, names: tuple[str, ...]) -> Float64[np.ndarray, "feature row"]:
        """Give features that are numbers, each of them there; NaN where nothing was known."""
        places, values = self.numbers_among(names)
        if len(places) < len(names):
            raise KeyError(f"no numbers {sorted({*names} - {names[at] for at in places})}")
        found = np.empty_like(values)
        found[places] = values
        return found

    def numbers_among(
        self, names: tuple[str, ...]
    ) -> tuple[Int64[np.ndarray, " found"], Float64[np.ndarray, "found row"]]:
        """Give the numbers among some features: their places in `names`, and the values."""
        numbers, others = self.numbers, self.others.schema
        for name in names if others.names else ():
            if name in others.names and pa.types.is_floating(others.field(name).type):
                values = self.others[name].to_numpy()[None]
                numbers = (*numbers, NumberColumns((name,), values))
        found = [(*_match(names, one.names), one.values) for one in numbers]
        if not found:
            return np.zeros(0, np.int64), np.zeros((0, self.rows))
        places = np.concatenate([places for places, _, _ in found])
        return places, np.concatenate([values[chosen] for _, chosen, values in found])

    def take(self, index: Int[np.ndarray, " chosen"]) -> "FeatureColumns":
        """Select rows."""
        numbers = tuple(replace(one, values=one.values[:, index]) for one in self.numbers)
        others = self.others.take(pa.array(index)) if self.others.num_columns else self.others
        return FeatureColumns(len(index), numbers, others)

    def slice(self, start: int, most: int) -> "FeatureColumns":
        """Take at most so many rows from `start` on, as they lie in memory."""
        part = slice(start, start + most)
        numbers = tuple(replace(one, values=one.values[:, part]) for one in self.numbers)
        return FeatureColumns(len(range(self.rows)[part]), numbers, self.others.slice(start, most))

    def to_arrow(self) -> pa.Table:
        """Lay all of them out as Arrow's columns, sorted by name; null where nothing was known."""
        found = dict(zip(self.others.column_names, self.others.columns, strict=True))
        for one in self.numbers:
            every = pa.array(np.ascontiguousarray(one.values).reshape(-1), from_pandas=True)
            for at, name in enumerate(one.names):
                found[name] = every.slice(at * self.rows, self.rows)
        if not found:
            return pa.table({"": pa.nulls(self.rows, pa.float64())}).select([])
        return pa.table({name: found[name] for name in sorted(found)})


@lru_cache(maxsize=256)
def _sorted(*names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name for some in names for name in some))


@lru_cache(maxsize=256)
def _match(
    wanted: tuple[str, ...], there: tuple[str, ...]
) -> tuple[Int64[np.ndarray, " found"], Int64[np.ndarray, " found"]]:
    """Give the places, in both, of the names that both have, in the order of those that are wanted."""
    at = {name: place for place, name in enumerate(there)}
    found = [(place, at[name]) for place, name in enumerate(wanted) if name in at]
    places = np.array(found, np.int64).reshape(-1, 2)
    return places[:, 0].copy(), places[:, 1].copy()
