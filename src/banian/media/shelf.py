"""A shelf of contents by their digest: bytes one behind the other, and an index in Arrow that says where each lies.

Bytes are on the disk before the index names them, and the index is replaced as a whole; so a writer that is killed
leaves bytes that nobody names, which the next one cuts off. What is named never moves, so that readers need no lock.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, final

import numpy as np
import pyarrow as pa

from banian.errors import RunError, TableError
from banian.storage import new_file, only_writer

_CONTENTS, _INDEX = "contents", "index.arrow"
_BYTES = 16  # of a digest
_VERSION = b"1"
_FEWEST_UNNAMED = 4096  # contents that a killed writer may lose, or an eighth of all
_REMEDY = "Remove the folder and read the tables again."


def digest_of(content: bytes) -> str:
    """Give the digest under which a content is kept: BLAKE2b of 16 bytes, as 32 hexadecimal digits.

    >>> digest_of(b"")
    'cae66941d9efbd404e4d88758ea67670'
    """
    return hashlib.blake2b(content, digest_size=_BYTES).hexdigest()


@final
@dataclass(frozen=True)
class _Index:
    """Where contents lie: rows of digest, place and size, in the order of digests."""

    digests: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @property
    def end(self) -> int:
        return int((self.starts + self.sizes).max(initial=0))

    def find(self, digests: Sequence[str]) -> np.ndarray:
        """Give the row of each digest, −1 where there is none: int64 [digest]."""
        asked = _packed(digests)
        if not len(self.digests):
            return np.full(len(asked), -1)
        rows = np.searchsorted(self.digests, asked).clip(max=len(self.digests) - 1)
        return np.where(self.digests[rows] == asked, rows, -1)

    def with_rows(self, rows: Sequence[tuple[str, int, int]]) -> "_Index":
        digests = np.append(self.digests, _packed([digest for digest, _, _ in rows]))
        order = np.argsort(digests, kind="stable")
        starts = np.append(self.starts, np.array([start for _, start, _ in rows], np.int64))
        sizes = np.append(self.sizes, np.array([size for _, _, size in rows], np.int64))
        return _Index(digests[order], starts[order], sizes[order])


@final
class MediaShelf:
    """Contents by digest, in a folder: any number of readers, and one writer at a time.

    Args:
        folder: Where they lie; it is made with the first content.

    Raises:
        TableError: the index is damaged.
        OSError: it cannot be read.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, ...] | None = None
        self._index = _no_rows()
        self._refresh()

    def __len__(self) -> int:
        return len(self._index.digests)

    def __contains__(self, digest: object) -> bool:
        if not isinstance(digest, str) or not _is_digest(digest):
            return False
        if self._index.find([digest])[0] < 0:
            self._refresh()
        return bool(self._index.find([digest])[0] >= 0)

    def get(self, digests: Sequence[str]) -> list[bytes]:
        """Give contents, in the order of their digests.

        Raises:
            TableError: one of them is not on the shelf, or lies beyond the end of a file that was cut off.

        """
        wrong = next((digest for digest in digests if not _is_digest(digest)), None)
        rows = np.full(1, -1) if wrong is not None else self._index.find(digests)
        if wrong is None and (rows < 0).any():
            self._refresh()
            rows = self._index.find(digests)
        if (rows < 0).any():
            lost = wrong if wrong is not None else digests[int(np.argmax(rows < 0))]
            raise TableError(
                f"The shelf {self._folder} has no content with the digest {lost!r}; it has {len(self):,} contents.",
                remedy="Read the tables again, or name the folder in which they were read.",
            )
        if not len(rows):
            return []
        with (self._folder / _CONTENTS).open("rb") as file:
            found = [
                os.pread(file.fileno(), int(self._index.sizes[row]), int(self._index.starts[row]))
                for row in rows
            ]
        cut = [
            len(content) < self._index.sizes[row] for content, row in zip(found, rows, strict=True)
        ]
        if any(cut):
            raise _damaged(self._folder / _CONTENTS)
        return found

    def put(self, contents: Iterable[bytes]) -> list[str]:
        """Keep contents, each once, and give their digests; they are on the disk when this returns.

        What comes from an iterator is written as it comes. If the iterator raises, what came before is kept.

        Raises:
            RunError: another process, or another shelf of this one, is writing there.
            TableError: the file of contents was cut off.
            OSError: the disk is full or cannot be written; what was named before is still there.

        """
        try:
            with only_writer(self._folder):
                self._refresh()
                with self._open_contents() as file:
                    return self._append(file, contents)
        except BlockingIOError:
            raise RunError(
                f"Somebody else is writing to the shelf {self._folder}.",
                remedy="Wait until the other command ends, or name another folder.",
            ) from None

    def check(self) -> tuple[str, ...]:
        """Read all contents and give the digests of those that are not what was put there."""
        self._refresh()
        if not len(self):
            return ()
        packed = self._index.digests.tobytes().hex()
        digests = [packed[at : at + 2 * _BYTES] for at in range(0, len(packed), 2 * _BYTES)]
        where = zip(self._index.starts.tolist(), self._index.sizes.tolist(), strict=True)
        try:
            with (self._folder / _CONTENTS).open("rb") as file:
                found = [digest_of(os.pread(file.fileno(), size, start)) for start, size in where]
        except FileNotFoundError:
            return tuple(digests)
        return tuple(told for told, is_now in zip(digests, found, strict=True) if told != is_now)

    def _append(self, file: IO[bytes], contents: Iterable[bytes]) -> list[str]:
        digests: list[str] = []
        unnamed: dict[str, tuple[str, int, int]] = {}
        end = file.tell()
        try:
            for content in contents:
                digest = digest_of(content)
                digests.append(digest)
                if digest in unnamed or self._index.find([digest])[0] >= 0:
                    continue
                file.write(content)
                unnamed[digest] = (digest, end, len(content))
                end += len(content)
                if len(unnamed) >= max(_FEWEST_UNNAMED, len(self) // 8):
                    self._name(file, list(unnamed.values()))
                    unnamed = {}
        finally:  # whatever the iterator raised
            if unnamed:
                self._name(file, list(unnamed.values()))
        return digests

    def _open_contents(self) -> IO[bytes]:
        """Open the file of contents at the end of what is named, and cut off what is not."""
        path = self._folder / _CONTENTS
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        file = os.fdopen(handle, "r+b", buffering=2**20)
        if file.seek(0, os.SEEK_END) < self._index.end:
            file.close()
            raise _damaged(path)
        file.truncate(self._index.end)
        file.seek(self._index.end)
        return file

    def _name(self, file: IO[bytes], rows: Sequence[tuple[str, int, int]]) -> None:
        """Wait until contents are on the disk, then name them."""
        file.flush()
        os.fsync(file.fileno())
        index = self._index.with_rows(rows)
        digests = pa.Array.from_buffers(
            pa.binary(_BYTES), len(index.digests), [None, pa.py_buffer(index.digests.tobytes())]
        )
        table = pa.table({"digest": digests, "start": index.starts, "size": index.sizes})
        with new_file(self._folder / _INDEX) as partial, pa.OSFile(str(partial), "wb") as sink:
            schema = table.schema.with_metadata({b"banian.shelf": _VERSION})
            with pa.ipc.new_file(sink, schema) as writer:
                writer.write_table(table.replace_schema_metadata(schema.metadata))
        self._index = index
        self._seen = _stamp(self._folder / _INDEX)

    def _refresh(self) -> None:
        """Read the index if it was replaced since."""
        path = self._folder / _INDEX
        stamp = _stamp(path)
        if stamp == self._seen:
            return
        self._index = _no_rows() if stamp is None else _read_index(path)
        self._seen = stamp


def _read_index(path: Path) -> _Index:
    try:
        with pa.OSFile(str(path), "rb") as source, pa.ipc.open_file(source) as reader:
            table: Any = reader.read_all().combine_chunks()
        if (table.schema.metadata or {}).get(b"banian.shelf") != _VERSION:
            raise pa.ArrowInvalid("another version")
        digests = b"".join(table["digest"].to_pylist())
        starts, sizes = (table[name].to_numpy().astype(np.int64) for name in ("start", "size"))
        return _Index(np.frombuffer(digests, f"S{_BYTES}"), starts, sizes)
    except (pa.ArrowException, KeyError, ValueError, TypeError):
        raise _damaged(path) from None


def _no_rows() -> _Index:
    return _Index(np.zeros(0, f"S{_BYTES}"), np.zeros(0, np.int64), np.zeros(0, np.int64))


def _packed(digests: Sequence[str]) -> np.ndarray:
    return np.frombuffer(bytes.fromhex("".join(digests)), f"S{_BYTES}")


def _is_digest(text: str) -> bool:
    return len(text) == 2 * _BYTES and not set(text) - set("0123456789abcdef")


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _damaged(path: Path) -> TableError:
    return TableError(f"{path} is damaged, or of another version.", remedy=_REMEDY)
