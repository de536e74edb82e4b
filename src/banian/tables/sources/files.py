"""Find and open the files that hold tables."""

import gzip
import io
from pathlib import Path

from banian.errors import TableError, nearest
from banian.spec import FILE_SUFFIXES

_GZIP = b"\x1f\x8b"


def find_file(data: Path, place: str) -> Path:
    """Find a file in the data folder.

    Raises:
        TableError: it is not there.

    """
    path = data / place
    if not path.is_file():
        there = (
            file.name
            for file in path.parent.glob("*")
            if file.name.casefold().endswith(FILE_SUFFIXES)
        )
        raise TableError(
            f"there is no file {path}.",
            remedy=f"Say where the files lie: --data DIR. {nearest(path.name, there)}",
        )
    return path


def choose_table(asked: str | None, there: dict[str, list[str]], place: str) -> str:
    """Choose one of the tables inside a place; `there` maps each to the names it answers to, the shortest last.

    Raises:
        TableError: there is none of that name, or several answer to it.

    """
    if asked is None and len(there) == 1:
        return next(iter(there))
    found = [table for table, names in there.items() if asked in names]
    if len(found) == 1:
        return found[0]
    if asked is None or found:
        several = ", ".join(f"{place}#{table}" for table in sorted(found or there))
        raise TableError(
            f"{place} holds {len(found or there)} tables" + (f" {asked!r}." if asked else "."),
            remedy=f"Name one: {several}" if several else "Check that this is the right file.",
        )
    shortest = (names[-1] for names in there.values())
    raise TableError(f"{place} holds no table {asked!r}.", remedy=nearest(asked, shortest))


def open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """Open a file to be read, decompressed where it is gzipped, whatever its name.

    Raises:
        OSError, EOFError, zlib.error: here or later, it is damaged.

    """
    return gzip.GzipFile(path) if is_gzip(path) else path.open("rb")


def is_gzip(path: Path) -> bool:
    """Say whether a file is gzipped, or says that it is."""
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP or path.name.casefold().endswith(".gz")
