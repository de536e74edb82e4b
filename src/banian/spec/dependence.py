"""How a task depends on the one that it is given."""

from typing import Annotated, Literal, final

from pydantic import Field

from banian.spec.base import AbstractSpec, OneWord


@final
class NoDependenceSpec(AbstractSpec):
    """A task with `given` learns from the rows where that came true, and from nothing else."""

    kind: Literal["none"] = "none"


@final
class ESMMSpec(AbstractSpec):
    """Products of probabilities over the entire space (Ma et al., SIGIR 2018)."""

    kind: Literal["esmm"] = "esmm"


@final
class AITMSpec(AbstractSpec):
    """What a task makes of a row is handed on to the tasks given it (Xi et al., KDD 2021)."""

    kind: Literal["aitm"] = "aitm"


DependenceSpec = Annotated[
    NoDependenceSpec | ESMMSpec | AITMSpec, Field(discriminator="kind"), OneWord
]
