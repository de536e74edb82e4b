"""Randomness: a stream of its own for every purpose and day."""

import zlib
from typing import final

import numpy as np


@final
class RandomStreams:
    """Gives the random stream of a purpose on a day, whatever was drawn before.

    Args:
        seed: The same seed gives the same streams.

    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, purpose: str, day: int = -1) -> np.random.Generator:
        """Start the stream of a purpose on a day; without a day, that of what is drawn before the first one."""
        key = (zlib.crc32(purpose.encode()), day + 1)
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self._seed, spawn_key=key))
        )
