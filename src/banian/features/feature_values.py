"""Values of many features for many asks, which come some of both at a time; on disk where they are many."""

import tempfile
from abc import ABC, abstractmethod
from typing import final

import numpy as np
from jaxtyping import Float64, Int64
from typing_extensions import override

from banian.features.held_rows import MOST_BYTES, write_array

_WIDTH = 8


class AbstractFeatureValues(ABC):
    """A float64 for each feature and ask; NaN where none was put."""

    @abstractmethod
    def put(
        self,
        features: Int64[np.ndarray, " feature"],
        ask: Int64[np.ndarray, " ask"],
        values: Float64[np.ndarray, "feature ask"],
    ) -> None:
        """Put values of some features for some asks, none of which had any before."""

    @abstractmethod
    def whole(self) -> tuple[list[int], Float64[np.ndarray, "feature ask"]]:
        """Give the features of which values were put, in order: places, and values. Called once, at the end."""


def hold_values(features: int, asks: int) -> AbstractFeatureValues:
    """Hold the values of so many features for so many asks, on disk where they would take more than 256 MiB.

    What lies on disk has no name there, and goes with the last array that is made of it.
    """
    if features * asks * _WIDTH <= MOST_BYTES:
        return _InMemory(features, asks)
    return _OnDisk(asks)


@final
class _InMemory(AbstractFeatureValues):
    """One array of all features."""

    def __init__(self, features: int, asks: int) -> None:
        self._values = np.full((features, asks), np.nan)
        self._are_there = np.zeros(features, bool)

    @override
    def put(
        self,
        features: Int64[np.ndarray, " feature"],
        ask: Int64[np.ndarray, " ask"],
        values: Float64[np.ndarray, "feature ask"],
    ) -> None:
        if len(ask) == self._values.shape[1] and (ask == np.arange(len(ask))).all():
            self._values[features] = values  # which is faster
        else:
            self._values[features[:, None], ask] = values
        self._are_there[features] = True

    @override
    def whole(self) -> tuple[list[int], Float64[np.ndarray, "feature ask"]]:
        are_there = self._are_there
        values = self._values if are_there.all() else self._values[are_there]
        return np.flatnonzero(are_there).tolist(), values


@final
class _OnDisk(AbstractFeatureValues):
    """A file to which values are written as they come; at the end they are read feature by feature into their order."""

    def __init__(self, asks: int) -> None:
        self._asks = asks
        self._file = tempfile.TemporaryFile(prefix="banian-")  # noqa: SIM115 -- as long as values come
        self._size = 0
        self._asked: list[Int64[np.ndarray, " ask"]] = []
        self._parts: dict[int, list[tuple[int, int]]] = {}
        """Feature → which of the asks, and where its values begin in the file."""

    @override
    def put(
        self,
        features: Int64[np.ndarray, " feature"],
        ask: Int64[np.ndarray, " ask"],
        values: Float64[np.ndarray, "feature ask"],
    ) -> None:
        if not self._asked or self._asked[-1] is not ask:
            self._asked.append(ask)
        for at, place in enumerate(features.tolist()):
            begin = self._size + at * len(ask) * _WIDTH
            self._parts.setdefault(place, []).append((len(self._asked) - 1, begin))
        self._size += write_array(values, self._file)

    @override
    def whole(self) -> tuple[list[int], Float64[np.ndarray, "feature ask"]]:
        places = sorted(self._parts)
        with tempfile.TemporaryFile(prefix="banian-") as file:
            for place in places:
                column = np.full(self._asks, np.nan)
                for at, begin in self._parts[place]:
                    ask = self._asked[at]
                    self._file.seek(begin)
                    column[ask] = np.frombuffer(self._file.read(len(ask) * _WIDTH))
                write_array(column, file)
            self._file.close()
            shape = len(places), self._asks
            mapped = np.memmap(file, np.float64, "r", shape=shape) if places else np.empty(shape)
        return places, np.asarray(mapped)
