"""The contract of encoders that were trained elsewhere and do not change here."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float32, UInt8

Modality = Literal["text", "image", "audio"]
"""What is encoded."""
Image = UInt8[np.ndarray, "height width 3"]
"""Red, green and blue of each pixel."""
Sound = Float32[np.ndarray, " frame"]
"""16,000 numbers a second, each between −1 and 1."""
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
    told = f"{value.dtype.str} {value.shape}".encode()
    return hashlib.blake2b(
        np.ascontiguousarray(value).data, digest_size=16, person=_person(told)
    ).digest()


def _person(told: bytes) -> bytes:
    return hashlib.blake2b(told, digest_size=16).digest()
