"""A limit of time for what an engine computes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Timer


@contextmanager
def time_limit(seconds: float, stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop`, which lets the engine give up, when the block has run so long.

    Raises:
        TimeoutError: the block failed after that.

    """
    is_over = Event()

    def end() -> None:
        is_over.set()
        stop()

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if is_over.is_set():
            raise TimeoutError(seconds) from error
        raise
    finally:
        timer.cancel()
