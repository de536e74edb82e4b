"""How numbers become vectors."""

from typing import Annotated, Literal, final

from pydantic import Field, PositiveFloat, PositiveInt

from banian.spec.base import AbstractSpec, OneWord


@final
class LinearNumbersSpec(AbstractSpec):
    """Piecewise linear in the rank (Gorishniy et al., NeurIPS 2022); the bins follow the training rows."""

    kind: Literal["linear"] = "linear"


@final
class PeriodicNumbersSpec(AbstractSpec):
    """Sines and cosines of learned frequencies (Gorishniy et al., NeurIPS 2022)."""

    kind: Literal["periodic"] = "periodic"
    frequencies: PositiveInt = 16
    """How many per number."""
    spread: PositiveFloat = 0.1
    """Standard deviation of the frequencies at the start, per standard deviation of the number."""


NumbersSpec = Annotated[
    LinearNumbersSpec | PeriodicNumbersSpec, Field(discriminator="kind"), OneWord
]
