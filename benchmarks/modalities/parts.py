"""Who trains, selects and judges: the same rows for every rival.

A shop without time is split by a hash of its keys. So rows get keys whose hash falls into the part that they are meant
for: a split as it was shipped, or one that keeps near-duplicates together, needs no column that a model could read.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from jaxtyping import Int8, Int64

from banian.examples.split import shares

TRAIN, VALID, TEST = 0, 1, 2
_SHARES = (0.1, 0.2)
"""How much selects and how much judges, where nothing was shipped."""


def parts_by_group(groups: Sequence[str]) -> Int8[np.ndarray, " row"]:
    """Draw parts of 70, 10 and 20 of a hundred by a hash of the group; rows of a group stay together.

    >>> parts_by_group(["a", "b", "a", "c"]).tolist()
    [2, 0, 2, 0]
    """
    salted = (hashlib.blake2b(group.encode(), digest_size=8, salt=b"part") for group in groups)
    places = np.array([int.from_bytes(one.digest(), "big") / 2**64 for one in salted])
    valid, test = _SHARES
    return np.where(places < test, TEST, np.where(places < test + valid, VALID, TRAIN)).astype("i1")


def split_of(part: Int8[np.ndarray, " row"]) -> tuple[float, float]:
    """Give the shares of `valid` and `test` to declare, three digits each and never 0."""
    valid, test = (max(round(float(np.mean(part == which)), 3), 0.001) for which in (VALID, TEST))
    return valid, test


def keys_for(part: Int8[np.ndarray, " row"]) -> Int64[np.ndarray, " row"]:
    """Give every row a number of its own whose hash puts it into its part under the split of `split_of`.

    >>> keys_for(np.array([0, 2, 0, 1], "i1")).tolist()
    [0, 3, 1, 4]
    """
    valid, test = split_of(part)
    wanted = np.bincount(part, minlength=3)
    numbers = 2 * len(part) + 16
    while True:
        share = shares(pa.array(range(numbers)), "split")
        falls = np.where(share < test, TEST, np.where(share < test + valid, VALID, TRAIN))
        if np.all(np.bincount(falls, minlength=3) >= wanted):
            break
        numbers *= 2
    keys = np.empty(len(part), np.int64)
    for which in (TRAIN, VALID, TEST):
        keys[part == which] = np.flatnonzero(falls == which)[: wanted[which]]
    return keys
