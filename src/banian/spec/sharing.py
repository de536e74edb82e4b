"""How tasks share parameters."""

from typing import Annotated, Literal, final

from pydantic import Field, PositiveInt

from banian.spec.base import AbstractSpec, OneWord


@final
class SharedBottomSpec(AbstractSpec):
    """One bottom for every task (Caruana, 1997)."""

    kind: Literal["shared_bottom"] = "shared_bottom"
    width: PositiveInt = 128
    """Units of the representation handed to each tower."""


@final
class MMoESpec(AbstractSpec):
    """Multi-gate mixture of experts (Ma et al., KDD 2018)."""

    kind: Literal["mmoe"] = "mmoe"
    width: PositiveInt = 64
    """Units of each expert, and so of the representation handed to each tower."""
    experts: PositiveInt = 4
    """Experts shared by all tasks."""


SharingSpec = Annotated[SharedBottomSpec | MMoESpec, Field(discriminator="kind"), OneWord]
