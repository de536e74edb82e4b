"""Arrays that are made some rows at a time and may be larger than memory: on disk, in a file without a name."""

import tempfile
from abc import ABC, abstractmethod
from typing import IO, final

import numpy as np
from jaxtyping import Shaped
from typing_extensions import override

from banian.errors import RunError
from banian.storage import reason_of

MOST_BYTES = 2**28
"""Of an array that is held in memory."""


class AbstractRows(ABC):
    """An array whose rows come some at a time, in their order."""

    @abstractmethod
    def append(self, rows: Shaped[np.ndarray, "row *shape"]) -> None:
        """Put rows behind those that came before.

        Raises:
            RunError: the disk is full.

        """

    @abstractmethod
    def whole(self) -> Shaped[np.ndarray, "row *shape"]:
        """Give all rows, once all have come. Writing to them changes no file."""


def hold_rows(rows: int, shape: tuple[int, ...], dtype: type[np.generic]) -> AbstractRows:
    """Hold so many rows of a shape, on disk where they would take more than 256 MiB.

    What lies on disk has no name there, and goes with the last array that is made of it.

    >>> held = hold_rows(2, (3,), np.int8)
    >>> for row in ([[1, 2, 3]], [[4, 5, 6]]):
    ...     held.append(np.array(row, np.int8))
    >>> held.whole().tolist()
    [[1, 2, 3], [4, 5, 6]]
    """
    whole = (rows, *shape)
    if int(np.prod(whole)) * np.dtype(dtype).itemsize <= MOST_BYTES:
        return _InMemory(np.empty(whole, dtype))
    return _OnDisk(whole, dtype)


@final
class _InMemory(AbstractRows):
    def __init__(self, whole: Shaped[np.ndarray, "row *shape"]) -> None:
        self._whole, self._at = whole, 0

    @override
    def append(self, rows: Shaped[np.ndarray, "row *shape"]) -> None:
        self._whole[self._at : self._at + len(rows)] = rows
        self._at += len(rows)

    @override
    def whole(self) -> Shaped[np.ndarray, "row *shape"]:
        return self._whole


@final
class _OnDisk(AbstractRows):
    def __init__(self, whole: tuple[int, ...], dtype: type[np.generic]) -> None:
        self._whole, self._dtype = whole, dtype
        self._file = tempfile.TemporaryFile(prefix="banian-")  # noqa: SIM115 -- as long as rows come

    @override
    def append(self, rows: Shaped[np.ndarray, "row *shape"]) -> None:
        write_array(rows.astype(self._dtype, copy=False), self._file)

    @override
    def whole(self) -> Shaped[np.ndarray, "row *shape"]:
        with self._file:  # what is mapped stays when the file is closed
            return np.memmap(self._file, self._dtype, "c", shape=self._whole)


def write_array(values: Shaped[np.ndarray, "*shape"], file: IO[bytes]) -> int:
    """Append values to a temporary file, and say how many bytes they take.

    Raises:
        RunError: the disk is full.

    """
    try:
        size = file.write(np.ascontiguousarray(values).data)
        file.flush()
    except OSError as error:
        raise RunError(
            f"Cannot keep rows in {tempfile.gettempdir()}: {reason_of(error)}.",
            remedy="Make room there, or name another folder in TMPDIR.",
        ) from None
    return size
