"""The log of a run: every event that came, on the disk before anybody is told so; what a store lacks is read from it.

A record is its length, a checksum and its bytes, behind the one before it. A file begins with what is remembered of the
files before it: the keys of requests, so that none is taken twice. What a writer that was killed left half is cut off
by the next. Any number of processes may read it, each from its own place, and write to it in turn.
"""

import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from struct import Struct
from time import time
from typing import IO, Any, final

from banian.features.event_record import EventRecord
from banian.storage import new_file

EVENTS = "events"
"""Folder of a run in which its log lies."""
KEPT = 24 * 3600.0
"""Seconds for which the key of a request is remembered."""
MOST_KEYS = 100_000
"""Keys that are remembered at most; the oldest are forgotten first."""
_HEAD = Struct("<II")
_LOCK, _SUFFIX = "lock", ".log"


@final
@dataclass(frozen=True)
class Remembered:
    """A request that was taken before.

    Args:
        number: of its record.
        digest: of its body.
        at: when it came.

    """

    number: int
    digest: str
    at: float


@final
class EventLog:
    """A place in the log, which moves on as it is read.

    Args:
        folder: where the log lies; it is made with the first record.

    Raises:
        OSError: it cannot be read.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Path | None = None
        self._offset = 0
        self.number = 0
        """Number of the record before the place."""
        self.origin = ""
        """Place in the stream, of the newest record that came from there."""
        self.is_behind = False
        """Whether records between the place and the log's beginning are gone, since a store has them."""
        self._keys: dict[str, Remembered] = {}

    def find(self, key: str) -> Remembered | None:
        """Find the request of a key among those that were read."""
        found = self._keys.get(key)
        return None if found is None or time() - found.at > KEPT else found

    def follow(self) -> list[EventRecord]:
        """Give the records behind the place, and move it behind them."""
        found: list[EventRecord] = []
        while (file := self._next_file()) is not None:
            found += self._read(file)
            if self._follower() is None:
                break
        return found

    @contextmanager
    def writing(self) -> Iterator[list[EventRecord]]:
        """Let nobody else write while the block goes on; give what was written before, up to the end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.follow()

    def append(self, records: Sequence[EventRecord]) -> list[EventRecord]:
        """Write records, within `writing`, and wait until they are on the disk; give them with their numbers.

        Raises:
            OSError: they cannot be written; then none of them is.

        """
        if self._file is None:
            self._begin()
        assert self._file is not None
        numbered = [replace(one, number=self.number + 1 + at) for at, one in enumerate(records)]
        data = b"".join(_framed(_marked(one)) for one in numbered)
        with self._file.open("r+b") as file:
            file.truncate(self._offset)  # what a writer that was killed left
            file.seek(self._offset)
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(self._offset)
                raise
        self._offset += len(data)
        for one in numbered:
            self._remember(one)
        return numbered

    def rotate(self, applied: int) -> None:
        """Begin another file, within `writing`, and remove those of which a store has every record."""
        if self._offset and self.number:
            self._begin()
        files = self._files()
        for file, following in pairwise(files):
            if _first_of(following) <= applied + 1 and file != self._file:
                file.unlink(missing_ok=True)

    def _begin(self) -> None:
        now = time()
        fresh = [(key, one) for key, one in self._keys.items() if now - one.at <= KEPT]
        self._keys = dict(fresh[-MOST_KEYS:])
        head = {
            "first": self.number + 1,
            "origin": self.origin,
            "keys": {key: [one.number, one.digest, one.at] for key, one in self._keys.items()},
        }
        data = _framed(json.dumps(head).encode())
        file = self._folder / f"{self.number + 1:020}{_SUFFIX}"
        with new_file(file, mode=0o600) as partial:
            partial.write_bytes(data)
        self._file, self._offset = file, len(data)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def _follower(self) -> Path | None:
        """Find the file that goes on behind the present one."""
        file = self._folder / f"{self.number + 1:020}{_SUFFIX}"
        return file if file != self._file and file.exists() else None

    def _next_file(self) -> Path | None:
        """Find the file to read next: the present one, or that which goes on behind it."""
        if self._file is not None:
            follower = self._follower()
            if follower is None and self._file.exists():
                return self._file
            if follower is not None:
                return follower
        files = self._files()
        if not files:
            return None
        if self._file is None:
            return files[0]
        self.is_behind = True  # what stood between is gone
        return None

    def _read(self, file: Path) -> list[EventRecord]:
        found = []
        try:
            stream = file.open("rb")
        except FileNotFoundError:
            return []
        with stream:
            if file != self._file:
                head = _frame(stream)
                if head is None:
                    return []
                self._enter(file, json.loads(head), stream.tell())
            stream.seek(self._offset)
            while (data := _frame(stream)) is not None:
                self._offset = stream.tell()
                origin, _, body = data.partition(b"\n")
                record = EventRecord.from_bytes(
                    body, number=self.number + 1, origin=origin.decode()
                )
                self._remember(record)
                found.append(record)
        return found

    def _enter(self, file: Path, head: dict[str, Any], offset: int) -> None:
        self._file, self._offset = file, offset
        self.number = head["first"] - 1
        self.origin = head["origin"]
        self._keys = {key: Remembered(*told) for key, told in head["keys"].items()}

    def _remember(self, record: EventRecord) -> None:
        self.number = record.number
        self.origin = record.origin or self.origin
        if record.voids:  # a request that was refused may be made again
            gone = [key for key, one in self._keys.items() if one.number == record.voids]
            for key in gone:
                del self._keys[key]
        if record.key is not None:
            self._keys.pop(record.key, None)
            self._keys[record.key] = Remembered(record.number, record.digest, record.at)


def _first_of(file: Path) -> int:
    return int(file.stem)


def _marked(record: EventRecord) -> bytes:
    return record.origin.encode() + b"\n" + record.to_bytes()


def _framed(data: bytes) -> bytes:
    return _HEAD.pack(len(data), _sum(data)) + data


def _frame(stream: IO[bytes]) -> bytes | None:
    """Read a frame; none where there is none that is whole."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    size, told = _HEAD.unpack(head)
    data = stream.read(size)
    return data if len(data) == size and size and _sum(data) == told else None


def _sum(data: bytes) -> int:
    return zlib.crc32(len(data).to_bytes(4, "little") + data)
