"""One part of a store over its segments: the newest that knows a key answers for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from banian.features.stored_keys import Keys
from banian.features.stored_rows import StoredRows

Held = TypeVar("Held")
"""What reads the rows of one segment."""


@final
@dataclass(frozen=True)
class StoredLayers(Generic[Held]):
    """What the segments of a store hold of one part.

    Args:
        layers: the keys of each segment, and what reads them; the newest first.

    """

    layers: Sequence[tuple[StoredRows, Held]]

    @property
    def newest(self) -> Held:
        """What reads the newest segment."""
        return self.layers[0][1]

    def split(self, keys: Keys) -> Iterator[tuple[Held, Int64[np.ndarray, " _"]]]:
        """Give each segment that knows some of the keys, and which of them; those unknown to all go to the oldest.

        At least one is given, though there be no keys.
        """
        left = np.arange(len(keys))
        for rows, held in self.layers[:-1]:
            is_known = rows.knows(keys.take(left))
            if is_known.any():
                yield held, left[is_known]
                left = left[~is_known]
        if len(left) or not len(keys):
            yield self.layers[-1][1], left

    def has_rows(self, keys: Keys) -> Bool[np.ndarray, " key"]:
        """Say of which keys there are rows."""
        found = np.zeros(len(keys), bool)
        for rows, at in StoredLayers([(rows, rows) for rows, _ in self.layers]).split(keys):
            found[at] = rows.find(keys.take(at))[1] > 0
        return found

    def count_rows(self, keys: Keys) -> int:
        """Count the rows that answer for some keys."""
        by_rows = StoredLayers([(rows, rows) for rows, _ in self.layers])
        found = (rows.find(keys.take(at))[1] for rows, at in by_rows.split(keys))
        return int(sum(lengths.sum() for lengths in found))


def in_order(parts: Sequence[tuple[Int64[np.ndarray, " _"], pa.Table]]) -> pa.Table:
    """Put together what was found for some asks each, in the order of the asks."""
    if len(parts) == 1 or not parts[0][1].num_columns:
        return parts[0][1]
    place = np.argsort(np.concatenate([ask for ask, _ in parts]))
    return pa.concat_tables([found for _, found in parts]).take(pa.array(place))
