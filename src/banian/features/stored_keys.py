"""Keys by which stored rows are found."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64, UInt64


@final
class Keys:
    """Keys as text, hashed once however many rows are looked up by them.

    Args:
        texts: the keys; null where there is none.
        hashes: their hashes by salt, as far as they are known.

    """

    def __init__(
        self, texts: pa.Array, hashes: Mapping[int, UInt64[np.ndarray, " key"]] | None = None
    ) -> None:
        self.texts = texts
        """The keys."""
        self._hashes = dict(hashes or {})

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def are_valid(self) -> Bool[np.ndarray, " key"]:
        """Where there is one."""
        return np.asarray(self.texts.is_valid())

    def hashes(self, salt: int) -> UInt64[np.ndarray, " key"]:
        """Hash them; what stands for null is nobody's."""
        if salt not in self._hashes:
            self._hashes[salt] = hash_keys(self.texts, salt)
        return self._hashes[salt]

    def take(self, index: Int64[np.ndarray, " some"]) -> "Keys":
        """Give some of them, in their order."""
        if len(index) == len(self):
            return self
        hashes = {salt: found[index] for salt, found in self._hashes.items()}
        return Keys(self.texts.take(pa.array(index)), hashes)


def hash_keys(keys: pa.Array, salt: int) -> UInt64[np.ndarray, " key"]:
    """Hash keys, as text, to 64 bits; null is as the empty text."""
    start = hashlib.blake2b(digest_size=8, salt=salt.to_bytes(4, "little"))
    digests = []
    for key in keys.to_pylist():
        digest = start.copy()
        digest.update((key or "").encode())
        digests.append(digest.digest())
    return np.frombuffer(b"".join(digests), np.uint64)
