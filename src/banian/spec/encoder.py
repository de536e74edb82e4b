"""How the fields of an entity become vectors."""

from typing import Annotated, Literal, final

from pydantic import Field, PositiveInt

from banian.spec.base import AbstractSpec, OneWord


@final
class FieldsSpec(AbstractSpec):
    """Categorical fields; one is named by its entity and its name, like `products.brand`."""

    width: PositiveInt | Literal["auto"] = 8
    """Units of the vector that stands for a field; `auto` gives more to fields of more values."""
    widths: dict[str, PositiveInt] = Field(default_factory=dict)
    """Field → its own width."""
    hash: dict[str, PositiveInt] = Field(default_factory=dict)
    """Field → buckets into which its values are hashed, where there are more of them than fit."""
    sparse_rows: PositiveInt = 20_000
    """From so many codes on, a step updates only the vectors of a field that it looked up."""


@final
class NoIdsSpec(AbstractSpec):
    """Entities are known by their fields and history alone."""

    kind: Literal["none"] = "none"


@final
class IdsSpec(AbstractSpec):
    """Every entity that is frequent enough has a vector of its own, too."""

    kind: Literal["embedded"] = "embedded"
    rows: PositiveInt = 20
    """Fewest training rows of an entity; rarer ones share a vector. Of later rows, that a new id becomes known."""
    most: PositiveInt | None = None
    """Most entities with a vector, the most frequent ones; none: as many as are frequent enough."""
    forget_after: PositiveInt | None = None
    """An entity that no row of so many successive updates carried loses its vector; none: it keeps it."""
    width: PositiveInt = 16
    """Units of the vector."""
    hash: PositiveInt | None = None
    """Buckets into which all ids are hashed instead, the rare ones too."""


IdsChoice = Annotated[NoIdsSpec | IdsSpec, Field(discriminator="kind"), OneWord]
