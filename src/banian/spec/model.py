"""The network: encoders, sharing, towers."""

from typing import final

from pydantic import Field, PositiveInt

from banian.spec.balance import BalanceSpec, EqualSpec
from banian.spec.base import AbstractSpec
from banian.spec.sharing import MMoESpec, SharingSpec


@final
class ModelSpec(AbstractSpec):
    """One encoder per entity, one sharing for all tasks, one tower per task."""

    sharing: SharingSpec = Field(default_factory=MMoESpec)
    """How tasks share parameters."""
    balance: BalanceSpec = Field(default_factory=EqualSpec)
    """How their losses become one update."""
    entity_width: PositiveInt = 64
    """Units of the vector that stands for an entity."""
    private_width: PositiveInt = 32
    """Units of the private encoder of each grain."""
    tower_width: PositiveInt = 32
    """Hidden units of each tower."""
    dropout: float = Field(default=0.15, ge=0, lt=1)
    """Share of hidden units silenced in training."""
