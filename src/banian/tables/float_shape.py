"""Digits of floats, found by arithmetic: to write each one out takes an engine ten times as long."""

import ibis
import ibis.expr.types as ir

_MOST_DIGITS = 9
"""Digits after the point that are tried; what has more mostly has all that a float can have."""
_EXACT = 2.0**51
"""Below it a float times a power of ten, rounded, is the whole number that its digits spell."""
_POWERS = tuple(float(f"1e{power}") for power in range(-3, 15))
"""Powers of ten; smaller and larger floats may be written with an exponent."""


def has_digits(column: ir.FloatingColumn, digits: int) -> ir.BooleanColumn:
    """Say whether the shortest text of a float has at most so many digits after the point; if unsure, say no.

    A float that is a whole number k of the last places is the one that is nearest to k / 10^digits, since both are
    exact and a quotient is rounded to the nearest.
    """
    place = _float(10.0**digits)
    moved = column.cast("float64") * place
    return (moved.abs() < _float(_EXACT)) & (_round(moved) / place == column)


def shape_of_float(column: ir.FloatingColumn) -> ir.FloatingColumn:
    """Put in the place of floats a number of the same size that has as many digits after the point.

    36.75 and 51.2 become 10.01 and 10.1. A column of prices so becomes one of few different values, and its type is
    decided as it is by all of them. What has more than nine digits after the point, is very small or very large, or is
    no number, stays as it is.
    """
    size = column.abs()
    first = ibis.cases(*((size < _float(10 * power), _float(power)) for power in _POWERS))
    shape = ibis.cases(
        *((has_digits(size, n), _next(first, n) if n else first) for n in range(_MOST_DIGITS + 1))
    )
    return (size >= _float(_POWERS[0])).ifelse(shape, ibis.null("float64")).coalesce(column)


def _next(number: ir.FloatingColumn, digits: int) -> ir.FloatingColumn:
    """Give the number that follows among those of so many digits after the point."""
    place = _float(10.0**digits)
    return (_round(number * place) + 1) / place


def _round(number: ir.FloatingColumn) -> ir.FloatingColumn:
    """Round to a whole number, below 2^51: so large a sum has no bits left for a fraction."""
    return number + _float(3 * _EXACT) - _float(3 * _EXACT)


def _float(value: float) -> ir.FloatingScalar:
    return ibis.literal(repr(value)).cast("float64")  # a plain one is a decimal to an engine
