"""How tasks share parameters."""

from typing import Annotated, Literal, final

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from banian.spec.base import AbstractSpec, OneWord


class AbstractSharingSpec(AbstractSpec):
    """What all sharings have in common."""

    members: PositiveInt = 1
    """Members of an ensemble in one network (TabM, Gorishniy et al., ICLR 2025); with 1 it is the plain network."""


@final
class SharedBottomSpec(AbstractSharingSpec):
    """One bottom for every task (Caruana, 1997)."""

    kind: Literal["shared_bottom"] = "shared_bottom"
    width: PositiveInt = 128
    """Units of the representation handed to each tower."""


@final
class MMoESpec(AbstractSharingSpec):
    """Multi-gate mixture of experts (Ma et al., KDD 2018)."""

    kind: Literal["mmoe"] = "mmoe"
    width: PositiveInt = 64
    """Units of each expert, and so of the representation handed to each tower."""
    experts: PositiveInt = 4
    """Experts shared by all tasks."""


@final
class PLESpec(AbstractSharingSpec):
    """Progressive layered extraction (Tang et al., RecSys 2020)."""

    kind: Literal["ple"] = "ple"
    width: PositiveInt = 64
    """Units of each expert, and so of the representation handed to each tower."""
    layers: PositiveInt = 2
    """Extraction layers; with one it is CGC."""
    shared_experts: PositiveInt = 2
    """Experts of each layer that all tasks use."""
    task_experts: NonNegativeInt = 1
    """Experts of each layer that a task has for itself."""


@final
class CrossStitchSpec(AbstractSharingSpec):
    """A network per task, mixed after every layer (Misra et al., CVPR 2016)."""

    kind: Literal["cross_stitch"] = "cross_stitch"
    width: PositiveInt = 64
    """Units of each layer of each network."""
    layers: PositiveInt = 2
    """Layers of each network."""


@final
class TaskAttentionSpec(AbstractSharingSpec):
    """Each task masks the blocks of one shared network (MTAN: Liu et al., CVPR 2019)."""

    kind: Literal["task_attention"] = "task_attention"
    width: PositiveInt = 64
    """Units of each layer."""
    blocks: PositiveInt = 2
    """Blocks of two layers in the shared network."""


@final
class STEMSpec(AbstractSharingSpec):
    """Encoders of each task beside the shared ones (Su et al., AAAI 2024)."""

    kind: Literal["stem"] = "stem"
    width: PositiveInt = 64
    """Units of each expert, and so of the representation handed to each tower."""
    shared_experts: PositiveInt = 1
    """Experts on the shared encoders."""
    task_experts: PositiveInt = 1
    """Experts on the encoders of each task."""


@final
class LatentVariableSpec(AbstractSharingSpec):
    """A shared bottom with a Gaussian code (Qian et al., 2020)."""

    kind: Literal["latent_variable"] = "latent_variable"
    width: PositiveInt = 64
    """Units of the code handed to each tower."""
    weight: NonNegativeFloat = 1e-3
    """What a nat of divergence from a standard normal costs, in units of the constant predictor's loss."""


SharingSpec = Annotated[
    SharedBottomSpec
    | MMoESpec
    | PLESpec
    | CrossStitchSpec
    | TaskAttentionSpec
    | STEMSpec
    | LatentVariableSpec,
    Field(discriminator="kind"),
    OneWord,
]
