"""What Ctrl-C does: while modules are loaded it ends the process, while work is done it is an exception."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def leave_at_once() -> None:
    """Let Ctrl-C end the process from now on; libraries that are half loaded swallow the exception and limp on."""
    signal.signal(signal.SIGINT, _leave)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt while the block runs, so that what is half done can be undone."""
    if threading.current_thread() is not threading.main_thread():
        yield  # elsewhere nobody can be interrupted
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"Interrupted.\n")
    os._exit(130)
