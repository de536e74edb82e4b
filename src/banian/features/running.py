"""Exact sums over runs of events, by differences of running sums: no order and no neighbour changes a bit.

A sum is held in parts, each a running sum of 64-bit integers: of whole numbers the sum modulo 2^64, and where that
could overflow the sum of the upper halves; of floats one part for each 30 bits of their digits.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int64

from banian.features.state import AbstractSnapshot, Part

LIMIT = 2**62
"""Whole numbers of at least this size are beyond squares."""
_HALF = 32
_LOW = (1 << _HALF) - 1
_ROOT = 31
_LIMB = 30
_SQUARES = (("square", 0), ("square of mixed halves", _ROOT + 1), ("square of halves", 2 * _ROOT))
"""Sums of which the squares of whole numbers consist, and the power of two by which each counts."""


def so_far(steps: np.ndarray) -> Int64[np.ndarray, " event_and_one"]:
    """Sum what stands before each position, and all of it at the end; wraps around at 64 bits.

    >>> so_far(np.array([2, 3])).tolist()
    [0, 2, 5]
    """
    found = np.zeros(len(steps) + 1, np.int64)
    np.cumsum(steps, dtype=np.int64, out=found[1:])
    return found


def parts_of_sum(name: str, values: np.ndarray) -> Iterator[tuple[Part, np.ndarray]]:
    """Say what each number, whole or float, adds to the parts of a sum."""
    if values.dtype == np.int64:
        yield (name, 0), values
        largest = max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0
        if largest * len(values) >= LIMIT:
            yield (name, _HALF), values >> _HALF
        return
    rest = values.copy()
    beyond = int(np.frexp(np.abs(rest).max(initial=0.0))[1])
    power = _LIMB * (beyond // _LIMB)
    while rest.any():
        limb = np.trunc(np.ldexp(rest, -power))
        if limb.any():
            yield (name, power), limb.astype(np.int64)
            rest = rest - np.ldexp(limb, power)
        power -= _LIMB


def parts_of_squares(values: np.ndarray) -> Iterator[tuple[Part, np.ndarray]]:
    """Say what the square of each number, if it is whole below 2^62, adds to the parts of sums."""
    if values.dtype != np.int64:
        yield from parts_of_sum(_SQUARES[0][0], values * values)
        return
    size = np.abs(values)
    high, low = size >> _ROOT, size & ((1 << _ROOT) - 1)
    yield from parts_of_sum(_SQUARES[0][0], low * low)
    if high.any():
        yield from parts_of_sum(_SQUARES[1][0], high * low)
        yield from parts_of_sum(_SQUARES[2][0], high * high)


def sum_between(
    start: AbstractSnapshot, stop: AbstractSnapshot, name: str, *, is_whole: bool
) -> Float[np.ndarray, "column ask"]:
    """Sum from one position up to another; rounded once of whole numbers, of floats where parts come together."""
    if is_whole:
        return _whole_between(start, stop, name)
    powers = sorted({power for sum_, power in {*start.parts, *stop.parts} if sum_ == name})
    total = np.zeros(start.shape)
    for power in powers:
        steps = _difference(start, stop, (name, power))
        total += np.ldexp(steps.astype(np.float64), power)
    return total


def squares_between(
    start: AbstractSnapshot, stop: AbstractSnapshot, *, is_whole: bool
) -> Float[np.ndarray, "column ask"]:
    """Sum the squares from one position up to another."""
    if not is_whole:
        return sum_between(start, stop, _SQUARES[0][0], is_whole=False)
    total = _whole_between(start, stop, _SQUARES[0][0])
    for name, power in _SQUARES[1:]:
        if (name, 0) in stop.parts:
            total = total + np.ldexp(_whole_between(start, stop, name), power)
    return total


def _whole_between(
    start: AbstractSnapshot, stop: AbstractSnapshot, name: str
) -> Float[np.ndarray, "column ask"]:
    low = _difference(start, stop, (name, 0))
    if (name, _HALF) not in stop.parts:
        return low.astype(np.float64)
    high = _difference(start, stop, (name, _HALF))
    low = low - (high << _HALF)  # what the lower halves add up to: it fits, so it has wrapped back
    high = high + (low >> _HALF)
    return np.ldexp(high.astype(np.float64), _HALF) + (low & _LOW)


def _difference(
    start: AbstractSnapshot, stop: AbstractSnapshot, part: Part
) -> Int64[np.ndarray, "column ask"]:
    return stop[part] - start[part]
