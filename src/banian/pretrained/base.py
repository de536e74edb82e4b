"""The contract of encoders that were trained elsewhere and do not change here."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float32, UInt8

Modality = Literal["text", "image", "audio"]
"""What is encoded."""
Image = UInt8[np.ndarray, "_ _ 3"]
"""Red, green and blue of each pixel, [height, width, 3]; those of a call may differ in size."""
Sound = Float32[np.ndarray, " _"]
"""16,000 numbers a second, each between −1 and 1; those of a call may differ in length."""
Values = Sequence[str] | Sequence[Image] | Sequence[Sound]
"""Texts, images or sounds: those of one modality."""

RATE = 16_000
"""Numbers of a sound per second."""


class AbstractFrozenEncoder(ABC):
    """Makes a vector of each value, always the same one."""

    name: str
    """How people know it."""
    modality: Modality
    """What it encodes."""
    dim: int
    """Numbers of a vector."""
    fingerprint: str
    """Hash of the model's files and of how they are used: the same fingerprint, the same vectors."""
    batch: int
    """Values that are encoded together, and lost together where a process is killed."""
    cut: int
    """Values of which the end was left out so far, because the model reads no more."""

    @abstractmethod
    def encode(self, values: Values) -> Float32[np.ndarray, "value dim"]:
        """Encode values that are all different; the order stays."""


def content_hash(value: str | np.ndarray) -> bytes:
    """Give what tells contents apart: 16 bytes of BLAKE2 over the kind, the shape and the content.

    >>> content_hash("a pan") == content_hash("a pan") != content_hash("a pot")
    True
    """
    if isinstance(value, str):
        return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    hashed = hashlib.blake2b(f"\0{value.dtype.str} {value.shape}\0".encode(), digest_size=16)
    hashed.update(np.ascontiguousarray(value).tobytes())
    return hashed.digest()
