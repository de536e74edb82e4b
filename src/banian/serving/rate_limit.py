"""How many asks a second a key may bring: a bucket that fills evenly, and may be overdrawn by one request."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import final


@final
class TokenBucket:
    """A bucket of tokens, one for each ask.

    A request passes while there is a token; what it asks beyond that is owed, and whoever comes next waits for it. So
    a request larger than the bucket is answered, too, and the rate holds over time.

    Args:
        rate: tokens that come a second.
        most: tokens that it holds.
        clock: tells seconds.

    >>> now = [0.0]
    >>> bucket = TokenBucket(2.0, 2.0, clock=lambda: now[0])
    >>> bucket.take(1), bucket.take(5), bucket.take(1)
    (0.0, 0.0, 2.5)

    """

    def __init__(self, rate: float, most: float, *, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._most, self._clock = rate, max(most, 1.0), clock
        self._level, self._at = self._most, clock()
        self._lock = Lock()

    def take(self, count: int) -> float:
        """Take tokens; give 0, or the seconds after which there is one again and none are taken."""
        with self._lock:
            now = self._clock()
            self._level = min(self._most, self._level + (now - self._at) * self._rate)
            self._at = now
            if self._level < 1.0 - 1e-9:
                return (1.0 - self._level) / self._rate
            self._level -= count
            return 0.0

    def owe(self, count: int) -> None:
        """Take tokens for what turned out to be asked beside, whether they are there or not."""
        with self._lock:
            self._level -= count
