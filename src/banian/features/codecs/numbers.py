"""The numeric fields of an entity side by side, so that all of them are encoded at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float64, Int8, Int64

from banian.features.codecs.number import HEAVY_VALUES, NumberCodec, clip_finite
from banian.features.feature_columns import FeatureColumns

LARGEST_SCALED = 6.0
"""Scaled values beyond it are as large as it."""
_CELLS_AT_ONCE = 1 << 16  # numbers on their way through memory that stay near the processor


@final
@dataclass(frozen=True)
class EncodedNumbers:
    """Some rows of several numeric fields, encoded.

    Args:
        code: 0 ordinary, 1 absent, 2 and more a heavy value.
        rank: of the ordinary ones the rank in [0, 1] among training rows; 0 elsewhere.
        scaled: of the same the distance from the median in interquartile ranges, through asinh, clipped; 0 elsewhere.

    """

    code: Int8[np.ndarray, "field row"]
    rank: Float64[np.ndarray, "field row"]
    scaled: Float64[np.ndarray, "field row"]

    @property
    def ordinary(self) -> Bool[np.ndarray, "field row"]:
        """Which of them have a rank and a scaled value."""
        return self.code == 0


@final
class NumberCodecs:
    """Codecs of several numeric fields.

    Args:
        codecs: field, in the order of its place → its codec.

    """

    def __init__(self, codecs: Mapping[str, NumberCodec]) -> None:
        self.names = tuple(codecs)
        """The fields in their order."""
        self._curves = _Curves(list(codecs.values()))
        self._centre = np.array([[codec.centre] for codec in codecs.values()])
        self._scale = np.array([[codec.scale] for codec in codecs.values()])
        self._heavy = np.full((HEAVY_VALUES, len(codecs), 1), np.nan)
        for at, codec in enumerate(codecs.values()):
            self._heavy[: len(codec.heavy), at, 0] = codec.heavy

    def encode(
        self, columns: pa.Table | FeatureColumns
    ) -> tuple[Int64[np.ndarray, " field"], Iterator[EncodedNumbers]]:
        """Encode columns of float64: the places of the fields that have one, and these some rows at a time."""
        if isinstance(columns, FeatureColumns):
            places, every = columns.numbers_among(self.names)
            step = max(1, _CELLS_AT_ONCE // max(1, len(places)))
            starts = range(0, len(columns), step)
            return places, self._encode(places, (every[:, at : at + step] for at in starts))
        there = {name: at for at, name in enumerate(columns.column_names)}
        found = [place for place, name in enumerate(self.names) if name in there]
        chosen = columns.select([there[self.names[place]] for place in found])
        parts = chosen.to_batches(max_chunksize=max(1, _CELLS_AT_ONCE // max(1, len(found))))
        values = (part.to_tensor(null_to_nan=True, row_major=False).to_numpy().T for part in parts)
        return np.array(found, np.int64), self._encode(np.array(found, np.int64), values)

    def _encode(
        self,
        places: Int64[np.ndarray, " field"],
        parts: Iterable[Float64[np.ndarray, "field row"]],
    ) -> Iterator[EncodedNumbers]:
        if not len(places):
            return
        centre, scale = self._centre[places], self._scale[places]
        for part in parts:
            values = clip_finite(part)
            code = np.zeros(values.shape, np.int8)
            for heavy_code, heavy in enumerate(self._heavy[:, places], start=2):
                code[values == heavy] = heavy_code
            code[np.isnan(values)] = 1
            ordinary: Bool[np.ndarray, "field row"] = code == 0
            scaled = np.arcsinh((values - centre) / scale).clip(-LARGEST_SCALED, LARGEST_SCALED)
            yield EncodedNumbers(
                code,
                np.where(ordinary, self._curves.read(values, places), 0),
                np.where(ordinary, scaled, 0),
            )


@final
class _Curves:
    """The curve of each field from its values to their ranks: straight between knots, level beyond them.

    The same as `np.interp` field by field, to the bit; but all fields are searched together, so that a single row of
    hundreds of fields does not take hundreds of calls.

    Args:
        codecs: the fields.

    """

    def __init__(self, codecs: Sequence[NumberCodec]) -> None:
        most = max((len(codec.knots) for codec in codecs), default=0)
        self._half = 1 << max(most.bit_length() - 1, 0)
        shape = len(codecs), 2 * self._half
        self._knots, self._ranks, self._slopes = np.full(shape, np.inf), *np.zeros((2, *shape))
        for at, codec in enumerate(codecs):
            # Where all values are heavy ones, any other stands in the middle.
            knots, ranks = np.array(codec.knots or [0.0]), np.array(codec.ranks or [0.5])
            self._knots[at, : len(knots)] = knots
            self._ranks[at, : len(ranks)] = ranks
            with np.errstate(over="ignore"):  # between knots that next to nothing keeps apart
                slopes = np.minimum(np.diff(ranks) / np.diff(knots), np.finfo(np.float64).max)
            self._slopes[at, : len(slopes)] = slopes

    def read(
        self, values: Float64[np.ndarray, "field row"], places: Int64[np.ndarray, " field"]
    ) -> Float64[np.ndarray, "field row"]:
        """Read the ranks of values of the fields at these places; NaN stays NaN."""
        first = places[:, None] * self._knots.shape[1]
        knots = self._knots.ravel()
        at = np.broadcast_to(first - 1, values.shape).copy()  # the last knot that is not above
        step = self._half
        while step:
            at += (knots[at + step] <= values) * step
            step //= 2
        at = np.maximum(at, first)
        inside = np.maximum(values, knots[first])
        return self._slopes.ravel()[at] * (inside - knots[at]) + self._ranks.ravel()[at]
