"""How the newest events of an entity are encoded."""

from typing import Annotated, Literal, final

from pydantic import Field, PositiveInt, model_validator

from banian.spec.base import AbstractSpec, OneWord


@final
class NoSequencesSpec(AbstractSpec):
    """Histories speak through their summaries alone."""

    kind: Literal["none"] = "none"


@final
class AttentionSpec(AbstractSpec):
    """Events weighted by how they go with the other entities of the row (Zhou et al., KDD 2018)."""

    kind: Literal["attention"] = "attention"
    steps: int = Field(default=20, ge=1, le=20)
    """How many events are looked at."""
    width: PositiveInt = 32
    """Units of the vector that stands for an event, and for a history."""


@final
class TransformerSpec(AbstractSpec):
    """Events that look at each other (Chen et al., DLP-KDD 2019)."""

    kind: Literal["transformer"] = "transformer"
    steps: int = Field(default=20, ge=1, le=20)
    """How many events are looked at."""
    width: PositiveInt = 32
    """Units of the vector that stands for an event, and for a history; a multiple of the heads."""
    heads: PositiveInt = 2
    """Ways of looking, side by side."""

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "TransformerSpec":
        if self.width % self.heads:
            raise ValueError(f"width ({self.width}) must be a multiple of heads ({self.heads})")
        return self


SequencesSpec = Annotated[
    NoSequencesSpec | AttentionSpec | TransformerSpec, Field(discriminator="kind"), OneWord
]
