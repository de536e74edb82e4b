"""What was published, rolled back, appended and opened to whom: lines that are only ever added, and are on the disk."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from banian.storage import strict_json


@final
class AuditLog:
    """A file of JSON lines. Several processes may write to it: each line is written at once, at the end.

    Args:
        path: the file; it is made with the first line, for its owner alone to read.
        on_fault: told where a line cannot be written and what it is about has happened already; where it is left
            out, that raises.

    """

    def __init__(self, path: Path, on_fault: Callable[[OSError], None] | None = None) -> None:
        self._path, self._on_fault = path, on_fault

    def write(self, what: str, **facts: object) -> None:
        """Add a line and wait until it is on the disk.

        Raises:
            OSError: it cannot be written, and nobody is told instead.

        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = strict_json({"time": now, "event": what, **facts}, only_ascii=True) + "\n"
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line.encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            if self._on_fault is None:
                raise
            self._on_fault(error)
