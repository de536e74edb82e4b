"""Numbers: the numeric fields of an entity in, vectors out."""

from banian.models.encoders.numbers.base import AbstractNumbers as AbstractNumbers
from banian.models.encoders.numbers.build import build_numbers as build_numbers
from banian.models.encoders.numbers.components import number_components as number_components
from banian.models.encoders.numbers.periodic import PeriodicNumbers as PeriodicNumbers
from banian.models.encoders.numbers.piecewise_linear import (
    PiecewiseLinearNumbers as PiecewiseLinearNumbers,
)
