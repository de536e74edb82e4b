"""The network: encoders, sharing, towers."""

from typing import final

from pydantic import Field, NonNegativeInt, PositiveInt

from banian.spec.balance import EQUAL, BalanceSpec
from banian.spec.base import AbstractSpec
from banian.spec.content import HashedTextSpec, TextSpec
from banian.spec.dependence import DependenceSpec, NoDependenceSpec
from banian.spec.encoder import FieldsSpec, IdsChoice, NoIdsSpec
from banian.spec.numbers import LinearNumbersSpec, NumbersSpec
from banian.spec.scenes import NoScenesSpec, ScenesSpec
from banian.spec.sequences import NoSequencesSpec, SequencesSpec
from banian.spec.sharing import MMoESpec, SharingSpec


@final
class AdaptersSpec(AbstractSpec):
    """Low-rank updates per task of a pretrained network that stays as it is (LoRA, Hu et al., ICLR 2022)."""

    rank: PositiveInt = 4
    """Rank of each update."""


@final
class ModelSpec(AbstractSpec):
    """One encoder per entity, one sharing for all tasks, one tower per task."""

    numbers: NumbersSpec = Field(default_factory=LinearNumbersSpec)
    """How numbers become vectors."""
    fields: FieldsSpec = Field(default_factory=FieldsSpec)
    """Categorical fields of the entities."""
    ids: IdsChoice = Field(default_factory=NoIdsSpec)
    """Whether entities have vectors of their own."""
    text: TextSpec = Field(default_factory=HashedTextSpec)
    """How columns of text become vectors: `auto`, `none`, `hashed`."""
    sequences: SequencesSpec = Field(default_factory=NoSequencesSpec)
    """What becomes of the newest events of an entity."""
    calendar: bool = False
    """Whether a row knows the time of day, week, month and year at which it asks; never where there are few cutoffs."""
    pairs: NonNegativeInt = 0
    """Units of the sum of products of the entities of a row, two by two; 0 leaves it out."""
    sharing: SharingSpec = Field(default_factory=MMoESpec)
    """How tasks share parameters."""
    balance: BalanceSpec = EQUAL
    """How their losses become one update."""
    scenes: ScenesSpec = Field(default_factory=NoScenesSpec)
    """How scenes act."""
    dependence: DependenceSpec = Field(default_factory=NoDependenceSpec)
    """How a task depends on the one that it is given."""
    fusion: bool = False
    """Whether the outputs of a grain's other tasks inform each of its tasks."""
    adapters: AdaptersSpec | None = None
    """Train these and what tasks own, and freeze the pretrained network that train.start_from names."""
    entity_width: PositiveInt = 64
    """Units of the vector that stands for an entity."""
    private_width: PositiveInt = 32
    """Units of the private encoder of each grain."""
    tower_width: PositiveInt = 32
    """Hidden units of each tower."""
    dropout: float = Field(default=0.15, ge=0, lt=1)
    """Share of hidden units silenced in training."""
