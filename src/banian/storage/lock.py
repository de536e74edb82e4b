"""One writer at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banian.storage.partial import make_folder


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a folder while the block runs; the lock ends with the process, however that ends.

    Raises:
        BlockingIOError: another process holds it.
        OSError: the folder cannot be made.

    """
    make_folder(folder)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)
