"""Numbers of events that are added up without loss: whole numbers and decimals of up to 128 bits, and plain floats."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float64, Int64

_HALF, _WORD = 32, 64
_LOW = (1 << _HALF) - 1
_SURE = 2**53
"""Up to here every whole number is a float."""
_ROOM = 2**62
_FEW = 2**31
"""Codes may be so many: with the number of an ask they are still 64 bits."""


@final
@dataclass(frozen=True)
class Numbers:
    """Numbers of events.

    Args:
        low: floats; or whole numbers, of those beyond 64 bits the lower half.
        valid: where there is a number.
        scale: by which power of ten whole numbers are divided.
        high: the upper half of numbers beyond 64 bits; nothing where there are none.

    """

    low: np.ndarray
    valid: Bool[np.ndarray, " event"] | Int64[np.ndarray, " event"]
    scale: int = 0
    high: Int64[np.ndarray, " event"] | None = None

    def take(self, position: Int64[np.ndarray, " taken"]) -> "Numbers":
        """Give those of some events."""
        high = None if self.high is None else self.high[position]
        return Numbers(self.low[position], self.valid[position].astype(bool), self.scale, high)

    def floats(self) -> Float64[np.ndarray, " event"]:
        """Give them as floats, each rounded once."""
        whole = self._whole()
        if self.scale or whole.dtype == object:
            return _divided(whole, self.scale)
        return whole.astype(np.float64)

    def codes(self) -> Int64[np.ndarray, " event"]:
        """Give each a code from 0 on, those that are equal the same."""
        whole = self._whole()
        if whole.dtype == np.int64 and len(whole):
            least, greatest = int(whole.min()), int(whole.max())
            if greatest - least < _FEW:
                return whole - least
        if whole.dtype == np.float64:
            whole = whole + 0.0  # one zero
        return np.unique(whole, return_inverse=True)[1].astype(np.int64)

    def extremes(self, starts: Int64[np.ndarray, " run"], *, least: bool) -> "Numbers":
        """Give the least or the greatest of each run, which ends where the next one starts; NaN is the greatest."""
        whole = self._whole()
        if len(starts):
            pick = (np.fmin if whole.dtype == np.float64 else np.minimum) if least else np.maximum
            whole = pick.reduceat(whole, starts)
        else:
            whole = whole[:0]
        return Numbers(whole, np.ones(len(whole), bool), self.scale)

    def _whole(self) -> np.ndarray:
        """Put the halves together: as 64 bits where these do, else as Python's numbers."""
        if self.high is None or np.array_equal(self.high, self.low >> (_WORD - 1)):
            return self.low
        return (self.high.astype(object) << _WORD) + self.low.astype(np.uint64).astype(object)


def numbers_of(column: pa.Array) -> Numbers:
    """Read whole numbers, decimals, floats or truths."""
    valid = np.asarray(column.is_valid())
    if pa.types.is_decimal(column.type):
        halves = np.frombuffer(
            column.cast(pa.decimal128(38, column.type.scale)).buffers()[1], np.int64
        )
        halves = halves.reshape(-1, 2)[column.offset : column.offset + len(column)]
        low, high = (np.where(valid, halves[:, at], 0) for at in (0, 1))
        if np.array_equal(high, low >> (_WORD - 1)):
            return Numbers(low, valid, column.type.scale)
        return Numbers(low, valid, column.type.scale, high)
    if pa.types.is_boolean(column.type) or pa.types.is_integer(column.type):
        low = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return Numbers(low, valid)
    low = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    return Numbers(low, valid)


def sum_runs(
    numbers: Numbers, run: Int64[np.ndarray, " event"], size: Int64[np.ndarray, " run"]
) -> Float64[np.ndarray, " run"]:
    """Sum each run of numbers: floats in their order, all others without loss, and rounded once at the end.

    `run` says to which run a number belongs; those of a run stand together, `size` of them.
    """
    low = numbers.low
    if low.dtype == np.float64:
        return np.bincount(run, low, len(size)).astype(np.float64)  # of none it makes whole zeros
    stop = np.cumsum(size)
    if numbers.high is None:
        largest = max(abs(int(low.min())), abs(int(low.max()))) if len(low) else 0
        if largest * int(size.max(initial=0)) < _ROOM:
            return _divided(_between(low, stop, size), numbers.scale)
        limbs = [low & _LOW, low >> _HALF]
    else:
        high = numbers.high
        limbs = [low & _LOW, (low >> _HALF) & _LOW, high & _LOW, high >> _HALF]
    total = np.zeros(len(size), object)
    for at, limb in enumerate(limbs):
        total = total + (_between(limb, stop, size).astype(object) << (_HALF * at))
    return _divided(total, numbers.scale)


def _between(
    values: Int64[np.ndarray, " event"], stop: np.ndarray, size: np.ndarray
) -> Int64[np.ndarray, " run"]:
    so_far = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=so_far[1:])
    return so_far[stop] - so_far[stop - size]


def _divided(whole: np.ndarray, scale: int) -> Float64[np.ndarray, " number"]:
    """Divide whole numbers by a power of ten; rounded once, as engines do."""
    divisor = 10**scale
    if whole.dtype == np.int64 and scale <= 22:  # up to there a power of ten is a float
        found = whole.astype(np.float64) / float(divisor)
        beyond = np.flatnonzero(np.abs(whole) > _SURE)
    else:
        found, beyond = np.zeros(len(whole)), np.flatnonzero(whole)
    if scale:
        found[beyond] = [int(one) / divisor for one in whole[beyond]]
    else:
        found[beyond] = [_rounded(int(one)) for one in whole[beyond]]
    return found


def _rounded(whole: int) -> float:
    """Round a whole number of up to 128 bits as engines do: each half by itself."""
    high, low = divmod(whole, 1 << _WORD)
    if high == -1:
        return -float((1 << _WORD) - 1 - low) - 1.0
    return float(low) + float(high) * 2.0**_WORD
