"""From a spec of numbers to a module; the only place that pairs the two."""

from typing import assert_never

from banian.batches import Fields
from banian.models.encoders.numbers.base import AbstractNumbers
from banian.models.encoders.numbers.periodic import PeriodicNumbers
from banian.models.encoders.numbers.piecewise_linear import PiecewiseLinearNumbers
from banian.spec import LinearNumbersSpec, NumbersSpec, PeriodicNumbersSpec

FIELD_WIDTH = 8
"""Units of the vector that stands for a number or a scene."""


def build_numbers(spec: NumbersSpec, fields: Fields) -> AbstractNumbers:
    """Build the module that a spec declares, for the numbers of these fields."""
    shape = {"specials": fields.specials, "width": FIELD_WIDTH}
    match spec:
        case LinearNumbersSpec():
            return PiecewiseLinearNumbers(fields.numeric, bins=fields.bins, **shape)
        case PeriodicNumbersSpec():
            return PeriodicNumbers(
                fields.numeric, frequencies=spec.frequencies, spread=spec.spread, **shape
            )
        case _:
            assert_never(spec)
