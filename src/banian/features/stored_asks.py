"""Who is asked about, as a store is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from banian.features.stored_keys import Keys


@final
@dataclass(frozen=True)
class StoredAsks:
    """Who is asked about, and when.

    Args:
        keys: keys as text; null where nobody is asked about.
        at: ticks; an ask sees what was known before. NEVER where tables have no time.
        own: columns of asking rows: numbers and truths as float64, times as ticks, all others as text. Where entities
            are asked about, what their own row would say.
        stands: where entities are asked about: column → in which asks `own` stands in the place of what is stored.

    """

    keys: pa.Array
    at: Int64[np.ndarray, " ask"]
    own: Mapping[str, pa.Array]
    stands: Mapping[str, Bool[np.ndarray, " ask"]] = field(default_factory=dict)

    @cached_property
    def names(self) -> Keys:
        """The keys, as rows are found by them."""
        return Keys(self.keys)

    def take(self, ask: Int64[np.ndarray, " some"]) -> "StoredAsks":
        """Give some of the asks, without the columns of rows."""
        if len(ask) == len(self.keys):
            return self
        return StoredAsks(self.keys.take(pa.array(ask)), self.at[ask], {})

    def distinct(self) -> tuple["StoredAsks", Int64[np.ndarray, " ask"] | None]:
        """Ask once what several ask alike, and say which of these each ask is; nothing where all differ."""
        if len(self.keys) <= 1 or self.stands:
            return self, None
        code = self.keys.dictionary_encode(null_encoding="encode").indices.to_numpy()
        moment = np.unique(self.at, return_inverse=True)[1]
        both = code.astype(np.int64) * len(self.at) + moment
        _, first, which = np.unique(both, return_index=True, return_inverse=True)
        if len(first) == len(self.keys):
            return self, None
        return self.take(first), which.astype(np.int64)
