"""The numeric fields of an entity side by side, so that all of them are encoded at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float64, Int8, Int64

from banian.features.codecs.number import HEAVY_VALUES, NumberCodec, clip_finite

_CLIP = 6.0
_CELLS_AT_ONCE = 1 << 18  # numbers on their way through memory that stay near the processor


@final
@dataclass(frozen=True)
class EncodedNumbers:
    """Some rows of several numeric fields, encoded.

    Args:
        code: 0 ordinary, 1 absent, 2 and more a heavy value.
        rank: of the ordinary ones, field by field: the rank in [0, 1] among training rows.
        scaled: of the same: the distance from the median in interquartile ranges, through asinh, clipped.

    """

    code: Int8[np.ndarray, "field row"]
    rank: Float64[np.ndarray, " ordinary"]
    scaled: Float64[np.ndarray, " ordinary"]

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
        self._knots = [np.array(codec.knots) for codec in codecs.values()]
        self._ranks = [np.array(codec.ranks) for codec in codecs.values()]
        self._centre = np.array([codec.centre for codec in codecs.values()])
        self._scale = np.array([codec.scale for codec in codecs.values()])
        self._heavy = np.full((HEAVY_VALUES, len(codecs)), np.nan)
        for at, codec in enumerate(codecs.values()):
            self._heavy[: len(codec.heavy), at] = codec.heavy

    def encode(
        self, columns: pa.Table
    ) -> tuple[Int64[np.ndarray, " field"], Iterator[EncodedNumbers]]:
        """Encode columns of float64: the places of the fields that have one, and these some rows at a time."""
        there = {name: at for at, name in enumerate(columns.column_names)}
        places = [place for place, name in enumerate(self.names) if name in there]
        chosen = columns.select([there[self.names[place]] for place in places])
        return np.array(places, np.int64), self._encode(np.array(places, np.int64), chosen)

    def _encode(
        self, places: Int64[np.ndarray, " field"], chosen: pa.Table
    ) -> Iterator[EncodedNumbers]:
        if not len(places):
            return
        for part in chosen.to_batches(max_chunksize=max(1, _CELLS_AT_ONCE // len(places))):
            values = part.to_tensor(null_to_nan=True, row_major=False).to_numpy().T
            values = clip_finite(values)
            code = np.zeros(values.shape, np.int8)
            for heavy_code, heavy in enumerate(self._heavy[:, places], start=2):
                code[values == heavy[:, None]] = heavy_code
            code[np.isnan(values)] = 1
            ordinary: Bool[np.ndarray, "field row"] = code == 0
            ranks = np.full(values.shape, 0.5)
            for field in np.flatnonzero(ordinary.any(axis=1)):
                if len(knots := self._knots[places[field]]):
                    ranks[field] = np.interp(values[field], knots, self._ranks[places[field]])
            of = places[np.nonzero(ordinary)[0]]
            scaled = np.arcsinh((values[ordinary] - self._centre[of]) / self._scale[of])
            yield EncodedNumbers(code, ranks[ordinary], np.clip(scaled, -_CLIP, _CLIP))
