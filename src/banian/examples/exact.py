"""Sums over runs of rows by differences of running sums: exact, so that neither order nor neighbours change a bit."""

from typing import final

import numpy as np
from jaxtyping import Bool, Float, Int

LIMIT = 2**62
"""Whole numbers of at least this size are beyond squares."""
_HALF = 32
_LOW = (1 << _HALF) - 1
_ROOT = 31
_LIMB = 30


def count_so_far(flags: Bool[np.ndarray, " event"]) -> Int[np.ndarray, " event_and_one"]:
    """Count the flags before each position, and all of them at the end."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(flags, dtype=np.int64)])


@final
class RunningSum:
    """Running sums of 64-bit numbers, held in two halves where 64 bits could overflow.

    >>> RunningSum(np.array([5, -7, 2**62, 2**62])).over(np.array([0, 2]), np.array([2, 4])).tolist()
    [-2.0, 9.223372036854776e+18]
    """

    def __init__(self, values: Int[np.ndarray, " event"]) -> None:
        largest = max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0
        self._high = None
        if largest * len(values) < LIMIT:
            self._low = _running(values)
        else:
            self._high, self._low = _running(values >> _HALF), _running(values & _LOW)

    def over(
        self, start: Int[np.ndarray, " ask"], stop: Int[np.ndarray, " ask"]
    ) -> Float[np.ndarray, " ask"]:
        """Sum the values from `start` up to, not including, `stop`; rounded once, at the end."""
        low = self._low[stop] - self._low[start]
        if self._high is None:
            return low.astype(np.float64)
        high = self._high[stop] - self._high[start] + (low >> _HALF)
        return np.ldexp(high.astype(np.float64), _HALF) + (low & _LOW)


@final
class RunningSquares:
    """Running sums of squares of numbers below 2^62, by the halves of each number.

    >>> RunningSquares(np.array([3, -4, 2**40])).over(np.array([0, 2]), np.array([2, 3])).tolist()
    [25.0, 1.2089258196146292e+24]
    """

    def __init__(self, values: Int[np.ndarray, " event"]) -> None:
        size = np.abs(values)
        high, low = size >> _ROOT, size & ((1 << _ROOT) - 1)
        self._parts = [(RunningSum(low * low), 0)]
        if high.any():
            self._parts.append((RunningSum(high * low), _ROOT + 1))
            self._parts.append((RunningSum(high * high), 2 * _ROOT))

    def over(
        self, start: Int[np.ndarray, " ask"], stop: Int[np.ndarray, " ask"]
    ) -> Float[np.ndarray, " ask"]:
        """Sum the squares from `start` up to, not including, `stop`."""
        total = np.zeros(len(start))
        for part, power in self._parts:
            total += np.ldexp(part.over(start, stop), power)
        return total


def _running(values: Int[np.ndarray, " event"]) -> Int[np.ndarray, " event_and_one"]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)])


@final
class RunningFloats:
    """Running sums of floats, exact: each is cut into whole multiples of powers of 2^30, which are summed apart.

    >>> RunningFloats(np.array([1e16, 1.0, -1e16, 2.0**-60])).over(np.array([0, 1]), np.array([3, 2])).tolist()
    [1.0, 1.0]
    """

    def __init__(self, values: Float[np.ndarray, " event"]) -> None:
        self._parts: list[tuple[int, Int[np.ndarray, " event_and_one"]]] = []
        rest = values.copy()
        largest = float(np.abs(rest).max(initial=0.0))
        power = _LIMB * (int(np.frexp(largest)[1]) // _LIMB)
        while rest.any():
            whole = np.trunc(np.ldexp(rest, -power))
            if whole.any():
                self._parts.append((power, _running(whole.astype(np.int64))))
                rest = rest - np.ldexp(whole, power)
            power -= _LIMB

    def over(
        self, start: Int[np.ndarray, " ask"], stop: Int[np.ndarray, " ask"]
    ) -> Float[np.ndarray, " ask"]:
        """Sum the values from `start` up to, not including, `stop`; rounded where the parts come together."""
        total = np.zeros(len(start))
        for power, running in reversed(self._parts):
            total += np.ldexp((running[stop] - running[start]).astype(np.float64), power)
        return total
