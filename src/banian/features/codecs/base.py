"""The contract of what encodes a column.

A codec remembers what a column looked like on training rows. It is a value: an update gives another one, in which
whatever a network has learned of the old codes still holds.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Int

ABSENT = 0
"""Code of a value that is not there."""
UNSEEN = 1
"""Code of a value that training did not know."""
FIRST = 2
"""The first code of a known value, or of a bucket."""


class AbstractCodec(ABC):
    """How the values of one column are encoded."""

    @abstractmethod
    def update(self, values: pa.ChunkedArray) -> "AbstractCodec":
        """Take in values of rows that came after training; what was encoded before keeps its code or number.

        `values` are those of one column: float64, or text.
        """

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values, which the `from_dict` of its class reads."""


class AbstractCategories(AbstractCodec):
    """How a column of names is encoded: 0 absent, 1 unseen, then the known values or the buckets."""

    @abstractmethod
    def update(self, values: pa.ChunkedArray) -> "AbstractCategories":
        """Take in values of rows that came after training; known values keep their codes, new ones come behind."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many codes there are, absent and unseen included."""

    @abstractmethod
    def encode(self, values: pa.ChunkedArray) -> Int[np.ndarray, " row"]:
        """Encode texts, null where nothing is known, into codes from 0 to below `size`."""
