"""Numbers in five bytes each: a rank and a scaled value of 16 bits, and a code; and back to what networks read."""

from functools import cache

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, Int8, Int16, Num
from torch import Tensor

from banian.features.codecs import LARGEST_SCALED, NumberCodecs
from banian.features.feature_columns import FeatureColumns

_STEPS = 2**15 - 2
"""Of a rank from 0 to 1, and of a scaled value from 0 to the largest: even, so that the middle is one of them."""
_TAIL = 1e-3  # ranks nearer to 0 or 1 get the same normal score


def encode_numbers(
    codecs: NumberCodecs, columns: pa.Table | FeatureColumns, *, rows: int
) -> tuple[Int16[np.ndarray, "row field 2"], Int8[np.ndarray, "row field"]]:
    """Encode each field into its rank and its scaled value, in steps, and its code.

    A field without a column is absent from all of so many rows, and so are all where `columns` has no rows.
    """
    values = np.zeros((rows, len(codecs.names), 2), np.int16)
    codes = np.ones((rows, len(codecs.names)), np.int8)  # 1: absent, unless found below
    places, parts = codecs.encode(columns)
    start = 0
    for found in parts:
        stop = start + found.code.shape[1]
        values[start:stop, places, 0] = pack_ranks(found.rank).T
        values[start:stop, places, 1] = pack_scaled(found.scaled).T
        codes[start:stop, places] = found.code.T
        start = stop
    return values, codes


def pack_ranks(rank: Num[np.ndarray, "*shape"]) -> Int16[np.ndarray, "*shape"]:
    """Put ranks in [0, 1] into 16 bits.

    >>> pack_ranks(np.array([0.0, 0.5, 1.0])).tolist()
    [0, 16383, 32766]
    """
    return np.rint(rank * _STEPS).astype(np.int16)


def pack_scaled(scaled: Num[np.ndarray, "*shape"]) -> Int16[np.ndarray, "*shape"]:
    """Put scaled values in [-6, 6] into 16 bits.

    >>> pack_scaled(np.array([-6.0, 0.0, 3.0])).tolist()
    [-32766, 0, 16383]
    """
    return np.rint(scaled * (_STEPS / LARGEST_SCALED)).astype(np.int16)


def unpack_ranks(packed: Int16[Tensor, "*shape"], dtype: torch.dtype) -> Float[Tensor, "*shape"]:
    """Give ranks in [0, 1]."""
    return packed.to(dtype) / _STEPS


def unpack_scaled(packed: Int16[Tensor, "*shape"], dtype: torch.dtype) -> Float[Tensor, "*shape"]:
    """Give scaled values in [-6, 6]."""
    return packed.to(dtype) * (LARGEST_SCALED / _STEPS)


def score_ranks(packed: Int16[Tensor, "*shape"], dtype: torch.dtype) -> Float[Tensor, "*shape"]:
    """Give the normal score of each rank, from a table: the same to the bit however many there are.

    >>> score_ranks(torch.tensor([0, 16383], dtype=torch.int16), torch.float32)
    tensor([-3.0902,  0.0000])
    """
    places = packed.flatten()
    # A graph takes places of 64 bits.
    places = places.long() if torch.compiler.is_exporting() else places.int()
    return _scores(dtype, packed.device).index_select(0, places).view(packed.shape)


@cache
def _scores(dtype: torch.dtype, device: torch.device) -> Float[Tensor, " step"]:
    ranks = torch.arange(_STEPS + 1, dtype=torch.float64) / _STEPS
    return torch.special.ndtri(ranks.clamp(_TAIL, 1 - _TAIL)).to(device, dtype)
