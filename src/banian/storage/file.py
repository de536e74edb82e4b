"""Writing a file: all of it or nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banian.storage.partial import claim, make_folder, partial_name, sweep, sync


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a hidden file to write to, which takes the place of `path` when the block ends without an error.

    Raises:
        OSError: the disk is full or the folder cannot be written; `path` is then what it was before.

    """
    make_folder(path.parent)
    sweep(path)
    prefix, suffix = partial_name(path)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    with claim(partial):
        yield partial
        sync(partial)
        partial.chmod(0o644)
        partial.replace(path)
        sync(path.parent)
