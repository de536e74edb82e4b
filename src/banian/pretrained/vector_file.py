"""Vectors by key on the disk: two files that only grow, one of numbers and one of keys.

Numbers are float32, as encoders make them: what is read is what was made, to the bit. (float16 would halve the disk; at
20 µs a vector to convert it took as long as all the rest, and numbers would be off by up to 0.05 %.)

Numbers are written before their key, and a key with a checksum of both: what a process that was killed left half has
no key and is written over; what a machine that stopped or a disk damaged does not match and is left out.
"""

import fcntl
import json
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Bool, Float32, Int64

from banian.storage import new_file

_HEAD, _VECTORS, _KEYS, _LOCK = "head.json", "vectors", "keys", "lock"
_FORM = 1
_KEY = np.dtype([("key", "V16"), ("sum", "<u4")])
_NUMBER = np.dtype("<f4")


@final
class VectorFile:
    """Vectors of one encoder; any number of processes may read them, and add to them in turn.

    Args:
        folder: where they lie; it is made with the first vector.
        dim: numbers of a vector.
        announce: is told in a sentence when something is damaged.

    """

    def __init__(self, folder: Path, dim: int, announce: Callable[[str], None]) -> None:
        self._folder, self._dim, self._announce = folder, dim, announce
        self._head: dict[str, object] = {"form": _FORM, "dim": dim, "numbers": _NUMBER.str}
        self._begin_anew()
        self.follow()

    def __len__(self) -> int:
        return len(self._places)

    def _begin_anew(self) -> None:
        self._places: dict[bytes, int] = {}
        self._heads = np.empty(0, _KEY)
        self._rows = np.empty((0, self._dim), _NUMBER)
        self._file_number = 0

    def follow(self) -> None:
        """Learn of what was added since, by whomever."""
        count, keys = self._count(), self._folder / _KEYS
        if count < len(self._heads) or (count and keys.stat().st_ino != self._file_number):
            self._begin_anew()  # as somebody did on the disk
        known = len(self._heads)
        if count == known:
            return
        self._file_number = keys.stat().st_ino
        self._rows = np.memmap(self._folder / _VECTORS, _NUMBER, "r", shape=(count, self._dim))
        self._heads = np.memmap(keys, _KEY, "r", shape=(count,))
        added = self._heads["key"][known:].tolist()
        self._places.update(zip(added, range(known, count), strict=True))

    def find(self, keys: Sequence[bytes]) -> Int64[np.ndarray, " key"]:
        """Say where the vectors of keys lie; −1 where there is none."""
        places = self._places
        return np.fromiter((places.get(key, -1) for key in keys), np.int64, len(keys))

    def read(
        self, keys: Sequence[bytes], places: Int64[np.ndarray, " key"]
    ) -> tuple[Float32[np.ndarray, "key dim"], Bool[np.ndarray, " key"]]:
        """Give the vectors of keys, and whether each is as it was written; those that are not are forgotten."""
        heads, rows = self._heads[places], np.asarray(self._rows[places])
        is_whole = (heads["sum"] == _sums(keys, rows)) & (heads["key"] == _array(keys))
        damaged = np.flatnonzero(~is_whole)
        for at in damaged.tolist():
            self._places.pop(keys[at], None)
        if len(damaged):
            self._tell_damage(len(damaged))
        return rows, is_whole

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let nobody else add vectors while the block goes on; know all that others added before.

        Raises:
            OSError: the folder cannot be written.

        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._repair()
            self.follow()
            yield

    def append(self, keys: Sequence[bytes], vectors: Float32[np.ndarray, "key dim"]) -> None:
        """Add vectors, within `writing`.

        Raises:
            OSError: they cannot be written; then none of them counts.

        """
        heads = np.empty(len(keys), _KEY)
        heads["key"] = _array(keys)
        heads["sum"] = _sums(keys, vectors)
        count = self._count()
        _write_at(self._folder / _VECTORS, count * self._dim * _NUMBER.itemsize, vectors)
        _write_at(self._folder / _KEYS, count * _KEY.itemsize, heads)

    def sync(self) -> None:
        """Wait until all is on the disk."""
        for name in (_VECTORS, _KEYS):
            with (self._folder / name).open("rb") as file:
                os.fsync(file.fileno())

    def _count(self) -> int:
        """Count vectors that have both numbers and a key."""
        try:
            numbers = (self._folder / _VECTORS).stat().st_size // (_NUMBER.itemsize * self._dim)
            keys = (self._folder / _KEYS).stat().st_size // _KEY.itemsize
            head = json.loads((self._folder / _HEAD).read_bytes())
        except (OSError, ValueError):
            return 0
        return min(numbers, keys) if head == self._head else 0

    def _repair(self) -> None:
        """Begin anew where the head is damaged; tell where keys have lost their numbers."""
        try:
            found = json.loads((self._folder / _HEAD).read_bytes())
        except FileNotFoundError:
            found = None
        except ValueError:
            found = {}
        if found != self._head:
            if found is not None:
                self._announce(f"the vectors in {self._folder} are damaged; all are made anew")
            for name in (_VECTORS, _KEYS):  # readers keep the files that they have open
                with new_file(self._folder / name):
                    pass
            with new_file(self._folder / _HEAD) as partial:
                partial.write_text(json.dumps(self._head), encoding="utf-8")
        keys = self._folder / _KEYS
        lost = keys.stat().st_size // _KEY.itemsize - self._count() if keys.exists() else 0
        if lost:
            self._tell_damage(lost)
            os.truncate(keys, self._count() * _KEY.itemsize)

    def _tell_damage(self, count: int) -> None:
        one = "1 vector is" if count == 1 else f"{count:,} vectors are"
        self._announce(f"{one} damaged in {self._folder}, to be made anew")


def _array(keys: Sequence[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(keys), "V16")


def _sums(keys: Sequence[bytes], rows: np.ndarray) -> np.ndarray:
    """Give a checksum of each vector with its key."""
    width = rows.shape[1] * _NUMBER.itemsize
    numbers = memoryview(rows.astype(_NUMBER, copy=False).tobytes())
    sums = (
        zlib.crc32(numbers[at * width : (at + 1) * width], zlib.crc32(key))
        for at, key in enumerate(keys)
    )
    return np.fromiter(sums, np.uint32, len(keys))


def _write_at(path: Path, place: int, array: np.ndarray) -> None:
    """Write an array into a file from a place on, over whatever is there; where that fails nothing is there."""
    path.touch()
    with path.open("r+b", buffering=0) as file:
        file.truncate(place)
        file.seek(place)
        data = memoryview(array.tobytes())
        try:
            while data:
                data = data[file.write(data) :]
        except OSError:
            file.truncate(place)
            raise
