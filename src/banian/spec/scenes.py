"""How scenes act on the network."""

from typing import Annotated, Literal, final

from pydantic import Field, PositiveInt

from banian.spec.base import AbstractSpec, OneWord


@final
class NoScenesSpec(AbstractSpec):
    """A scene is a feature like others."""

    kind: Literal["none"] = "none"


@final
class PEPNetSpec(AbstractSpec):
    """Gates that scale units by scene (Chang et al., KDD 2023)."""

    kind: Literal["pepnet"] = "pepnet"
    gate_width: PositiveInt = 32
    """Hidden units of each gate."""


@final
class STARSpec(AbstractSpec):
    """Shared weights times weights of the scene's own (Sheng et al., CIKM 2021)."""

    kind: Literal["star"] = "star"
    rank: PositiveInt | None = None
    """Rank of a scene's own weights; full, as in the paper, if left out. 1 or 2 where there are hundreds of scenes."""


@final
class SceneTowersSpec(AbstractSpec):
    """A layer per task and scene: the shared one plus what the scene adds to it."""

    kind: Literal["towers"] = "towers"
    rank: PositiveInt | None = None
    """Rank of what a scene adds; full if left out. 1 or 2 where there are hundreds of scenes."""


ScenesSpec = Annotated[
    NoScenesSpec | PEPNetSpec | STARSpec | SceneTowersSpec, Field(discriminator="kind"), OneWord
]
