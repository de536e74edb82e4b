"""How a field with more values than fit is encoded: every value has a code, and some share one."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int

from banian.batches.hash import hash_text, mix_bits
from banian.batches.vocabulary import ABSENT, FIRST


@final
@dataclass(frozen=True)
class Buckets:
    """So many codes, to which values are dealt out by a hash of their text.

    Source: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.
    """

    count: int

    @property
    def size(self) -> int:
        """How many codes there are, absent and the never used unseen included."""
        return FIRST + self.count


def encode_hashed(buckets: Buckets, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
    """Encode values into codes; a value has the same code in every data set.

    >>> encode_hashed(Buckets(100), pa.chunked_array([["salt", "tea", "salt", None]]))
    array([45, 91, 45,  0])
    """
    places = mix_bits(hash_text(values)) % np.uint64(buckets.count)
    codes = places.astype(np.int64) + FIRST
    codes[pc.is_null(values).to_numpy()] = ABSENT
    return codes
