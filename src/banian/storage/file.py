"""Writing a file: all of it or nothing."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banian.storage.partial import claim, make_folder, partial_name, sweep, sync


@contextmanager
def new_file(path: Path, *, mode: int = 0o644) -> Iterator[Path]:
    """Give a hidden file to write to, which takes the place of `path` when the block ends without an error.

    Only a regular file is replaced. A device, pipe or socket is given itself, and what is written goes into it at
    once; a symbolic link stays, and the file that it names is replaced. `mode` says who may read and write it.

    Raises:
        OSError: `path` is a folder or a link to itself, the disk is full or the folder cannot be written; `path` is
            then what it was before.

    """
    if is_stream(path):
        yield path
        return
    if path.is_symlink():
        path = _end_of(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    make_folder(path.parent)
    sweep(path)
    prefix, suffix = partial_name(path)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    with claim(partial):
        yield partial
        sync(partial)
        partial.chmod(mode)
        partial.replace(path)
        sync(path.parent)


def is_stream(path: Path) -> bool:
    """Say whether something is there that bytes flow into, such as /dev/null or a named pipe, and no file or folder.

    >>> is_stream(Path("/dev/null")), is_stream(Path("no such file"))
    (True, False)
    """
    return path.exists() and not path.is_file() and not path.is_dir()


def _end_of(link: Path) -> Path:
    end = Path(os.path.realpath(link))
    if end.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(link))
    return end
