"""What is being written, beside the place where it will stand."""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time

_SUFFIX = ".partial"
_FRESH = 60.0  # seconds in which a writer may not have claimed yet what it made


def partial_name(path: Path) -> tuple[str, str]:
    """Give the prefix and the suffix of what will become `path`."""
    return f".{path.name}.", _SUFFIX


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, unless it is written as an address, which would become a folder here.

    Raises:
        OSError: it is an address, or cannot be made.

    """
    if re.search(r"(^|/)[A-Za-z][A-Za-z0-9+.-]+:/", str(folder)):  # of two slashes a path keeps one
        raise OSError(errno.EINVAL, "an address like https:// is no place on this machine")
    folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def claim(partial: Path) -> Iterator[None]:
    """Hold a lock on a partial file or folder, which ends with the process however that ends; then remove it."""
    handle = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        remove(partial)
        os.close(handle)


def sweep(path: Path) -> None:
    """Remove what killed writers of `path` left behind."""
    prefix, suffix = partial_name(path)
    for left in path.parent.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(suffix):
            with suppress(OSError):  # gone, claimed, or not ours
                _remove_if_dead(left)


def remove(path: Path) -> None:
    """Remove a file or a folder if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file or the names in a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_if_dead(partial: Path) -> None:
    if time() - partial.stat().st_mtime < _FRESH:
        return
    handle = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(partial)
    finally:
        os.close(handle)
