"""Files by paths that a stranger wrote: only regular files within one folder are opened, whatever the path says."""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from banian.media.refusal import MediaRefusal
from banian.storage import reason_of

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|data:", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_OUT = "leads out of the data folder"
_AWAY = "is not there"
_NO_FILE = "is no file"


def read_contained(folder: Path, path: str, *, most_bytes: int) -> bytes:
    """Read a regular file within a folder; nothing else is opened, be it a device, a pipe or a file elsewhere.

    Symbolic links are followed where they stay within the folder. Names are walked one by one, so that nobody can put
    a link in their place meanwhile.

    Args:
        folder: What the path is relative to.
        path: Names parted by slashes.
        most_bytes: Size of a file, at most.

    Raises:
        MediaRefusal: the path is absolute, an address, or leads out; there is no such file, or it is too large.

    """
    _check_text(path)
    root = os.path.realpath(folder)
    try:
        real = os.path.realpath(os.path.join(root, path))
        if os.path.commonpath((root, real)) != root:
            raise MediaRefusal(_OUT)
        if real == root:
            raise MediaRefusal(_NO_FILE)
        return _read(root, os.path.relpath(real, root).split(os.sep), most_bytes)
    except (FileNotFoundError, NotADirectoryError):
        raise MediaRefusal(_AWAY) from None
    except (OSError, ValueError) as error:
        raise MediaRefusal(f"cannot be read: {reason_of(error)}") from None


def _check_text(path: str) -> None:
    if "\0" in path:
        raise MediaRefusal("has a NUL in its path")
    if _ADDRESS.match(path):
        raise MediaRefusal("is an address, which nobody fetches")
    if _ABSOLUTE.match(path):
        raise MediaRefusal("is an absolute path, not one relative to the data folder")
    if ".." in re.split(r"[/\\]", path):
        raise MediaRefusal(_OUT)


def _read(root: str, names: list[str], most_bytes: int) -> bytes:
    place = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names[:-1]:
            inner = os.open(
                name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place
            )
            os.close(place)
            place = inner
        _check_file(os.stat(names[-1], dir_fd=place, follow_symlinks=False), most_bytes)
        # A pipe that took the file's place meanwhile would else be waited for.
        handle = os.open(
            names[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place
        )
    finally:
        with suppress(OSError):
            os.close(place)
    with os.fdopen(handle, "rb") as file:
        _check_file(os.fstat(handle), most_bytes)
        data = file.read(most_bytes + 1)
    _check_size(len(data), most_bytes)
    return data


def _check_file(found: os.stat_result, most_bytes: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise MediaRefusal(_NO_FILE)
    _check_size(found.st_size, most_bytes)


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise MediaRefusal(f"has more than {most_bytes // 2**20} MiB")
