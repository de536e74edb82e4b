"""Randomness: a stream of its own for every purpose and day."""

import zlib
from typing import final

import numpy as np


@final
class Draws:
    """Gives the random stream of a purpose on a day, whatever was drawn before."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, purpose: str, day: int = -1) -> np.random.Generator:
        """Start the stream; without a day, the one from before the first."""
        key = (zlib.crc32(purpose.encode()), day + 1)
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self._seed, spawn_key=key))
        )
