"""The log of a service: a line of JSON for each request and each thing that happens, without a value of any row."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from threading import Lock
from typing import IO, Literal, final

from typing_extensions import override

from banian.conceal import conceal
from banian.storage import strict_json

Level = Literal["info", "warning", "error"]


@final
class ServiceLog:
    """Writes lines of JSON.

    Args:
        to: where they go; standard error where nothing is said.

    """

    def __init__(self, to: IO[str] | None = None) -> None:
        self._to, self._lock = to, Lock()

    def write(self, event: str, *, level: Level = "info", **facts: object) -> None:
        """Write a line; a log that cannot be written stops nobody from being answered."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = strict_json({"time": now, "level": level, "event": event, **facts}, only_ascii=True)
        out = self._to or sys.stderr
        with self._lock:
            try:
                out.write(line + "\n")
                out.flush()
            except (OSError, ValueError):
                return

    def write_fault(self, event: str, fault: BaseException, **facts: object) -> None:
        """Write where something failed that nobody foresaw, and not what it said: that may hold a value."""
        frames = traceback.extract_tb(fault.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self.write(event, level="error", fault=type(fault).__name__, where=where, **facts)


@final
class LogHandler(logging.Handler):
    """Takes what libraries log into the log of the service.

    Args:
        log: of the service.

    """

    def __init__(self, log: ServiceLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        said = conceal(record.getMessage()).partition("\n")[0]
        level: Level = "error" if record.levelno >= logging.ERROR else "warning"
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            self._log.write_fault(said, fault, logger=record.name)
        else:
            self._log.write(said, level=level, logger=record.name)
