"""Features that stand in the stored row of a key: numbers and ages of dates side by side, texts one by one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias, final
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float64, Int64

from banian.features.feature import Feature
from banian.features.feature_columns import FeatureColumns, NumberColumns
from banian.features.stored_rows import NEVER, StoredRows
from banian.features.ticks import DAY

KeyedRows: TypeAlias = tuple[
    StoredRows,
    Int64[np.ndarray, " here"],
    Int64[np.ndarray, "here field"],
    Bool[np.ndarray, " here"],
]
"""What holds some rows, which asks they answer, the rows, and where there is one."""


@final
class KeyedFeatures:
    """Reads features of stored rows.

    Args:
        features: of the entity's own row, or of one that describes it.
        trust: columns of which dates that lie ahead are known.

    """

    def __init__(self, features: Sequence[Feature], trust: Collection[str]) -> None:
        ages = [one for one in features if one.statistic == "age"]
        others = [one for one in features if one.statistic != "age"]
        numbers = [one for one in others if one.semantic in ("number", "truth")]
        self._numbers = len(numbers)
        self._side_by_side = (*numbers, *ages)
        self._texts = [one for one in others if one.semantic not in ("number", "truth")]
        self._names = tuple(one.name for one in self._side_by_side)
        self._is_hidden = np.array([one.column not in trust for one in ages], bool)[:, None]
        self._later = [
            (at, str(one.known))
            for at, one in enumerate(self._side_by_side)
            if not one.known.is_at_row
        ]
        self._places: WeakKeyDictionary[StoredRows, Int64[np.ndarray, " feature"]] = (
            WeakKeyDictionary()
        )

    def read(
        self,
        parts: Iterable[KeyedRows],
        at: Int64[np.ndarray, " ask"],
        *,
        knows_later: bool,
    ) -> tuple[Float64[np.ndarray, "feature ask"], dict[str, pa.Array]]:
        """Read all features of some asks; NaN, or null, where nothing is known.

        Args:
            parts: the rows, some asks at a time.
            at: when each ask is asked, in ticks.
            knows_later: whether columns that become known later are only seen from then on.

        """
        values = np.full((len(self._names), len(at)), np.nan)
        texts: list[tuple[Int64[np.ndarray, " here"], list[pa.Array]]] = []
        for rows, here, found, is_there in parts:
            tick = at[here]
            seen = np.repeat(is_there[None], len(self._names), axis=0)
            for place, known in self._later if knows_later else ():
                seen[place] &= _is_known(rows, found, known, tick)
            bits = np.ascontiguousarray(found.T[self._place(rows)])
            told = bits.view(np.float64)
            if self._numbers < len(bits):
                ticks = np.where(seen[self._numbers :], bits[self._numbers :], NEVER)
                told[self._numbers :] = days_since(ticks, tick, self._is_hidden)
            values[:, here] = np.where(seen, told, np.nan)
            words = []
            for one in self._texts:
                where = is_there
                if knows_later and not one.known.is_at_row:
                    where = where & _is_known(rows, found, str(one.known), tick)
                words.append(rows.words(found, ("feature", one.column), where))
            texts.append((here, words))
        return values, dict(zip((one.name for one in self._texts), _in_order(texts), strict=True))

    def replace(
        self,
        values: Float64[np.ndarray, "feature ask"],
        texts: dict[str, pa.Array],
        said: Mapping[str, pa.StringArray | Float64[np.ndarray, " ask"]],
        where: Mapping[str, Bool[np.ndarray, " ask"]],
    ) -> None:
        """Put what asks say of columns in the place of what was read, where they say it."""
        for at, one in enumerate(self._side_by_side):
            if one.column in said:
                column = str(one.column)
                values[at] = np.where(where[column], said[column], values[at])
        for one in self._texts:
            if one.column in said:
                column = str(one.column)
                texts[one.name] = pc.if_else(pa.array(where[column]), said[column], texts[one.name])

    def columns(
        self, values: Float64[np.ndarray, "feature ask"], texts: Mapping[str, pa.Array]
    ) -> FeatureColumns:
        """Put them together."""
        numbers = (NumberColumns(self._names, values),) if self._names else ()
        return FeatureColumns(values.shape[1], numbers, pa.table(dict(texts)))

    def _place(self, rows: StoredRows) -> Int64[np.ndarray, " feature"]:
        known = self._places.get(rows)
        if known is None:
            found = [rows.places["feature", one.column] for one in self._side_by_side]
            known = self._places[rows] = np.array(found, np.int64)
        return known


def days_since(
    tick: Int64[np.ndarray, "feature ask"],
    at: Int64[np.ndarray, " ask"],
    is_hidden: Bool[np.ndarray, "feature 1"],
) -> Float64[np.ndarray, "feature ask"]:
    """Give the days from dates to asks, from 1970 where these have no time; NaN of none, and of hidden ones ahead."""
    has_time = at != NEVER
    days = np.where(has_time, at - tick, tick).astype(np.float64) / float(DAY)
    return np.where((tick == NEVER) | (is_hidden & has_time & (at < tick)), np.nan, days)


def _is_known(
    rows: StoredRows, found: Int64[np.ndarray, "here field"], known: str, at: np.ndarray
) -> Bool[np.ndarray, " here"]:
    since = found[:, rows.places["known", known]]
    return (since != NEVER) & (since < at)


def _in_order(
    parts: Sequence[tuple[Int64[np.ndarray, " _"], Sequence[pa.Array]]],
) -> Sequence[pa.Array]:
    """Put together what was found for some asks each, in the order of the asks."""
    if len(parts) == 1:
        return parts[0][1]
    place = pa.array(np.argsort(np.concatenate([here for here, _ in parts])))
    columns = zip(*(words for _, words in parts), strict=True)
    return [pa.concat_arrays(column).take(place) for column in columns]
