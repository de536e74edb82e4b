"""How a field with more values than fit is encoded: every value has a code, and some share one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int
from typing_extensions import override

from banian.features.codecs.base import ABSENT, FIRST, AbstractCategories
from banian.features.codecs.hash import hash_text, mix_bits


@final
@dataclass(frozen=True)
class Buckets(AbstractCategories):
    """So many codes, to which values are dealt out by a hash of their text; a value has the same in every data set.

    Source: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.

    Args:
        count: how many buckets there are; code 1, unseen, is never used.

    >>> Buckets(100).encode(pa.chunked_array([["salt", "tea", "salt", None]]))
    array([45, 91, 45,  0])

    """

    count: int

    @property
    @override
    def size(self) -> int:
        return FIRST + self.count

    @override
    def encode(self, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
        places = mix_bits(hash_text(values)) % np.uint64(self.count)
        codes = places.astype(np.int64) + FIRST
        codes[pc.is_null(values).to_numpy()] = ABSENT
        return codes

    @override
    def update(self, values: pa.ChunkedArray) -> "Buckets":
        """Change nothing: every value has its bucket already."""
        return self

    @override
    def to_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "Buckets":
        """Read what `to_dict` gave."""
        return cls(tree["count"])
