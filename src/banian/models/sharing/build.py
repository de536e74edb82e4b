"""From a sharing spec to a module; the only place that pairs the two."""

from collections.abc import Sequence
from typing import assert_never

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.cross_stitch import CrossStitch
from banian.models.sharing.latent_variable import LatentVariable
from banian.models.sharing.mmoe import MMoE
from banian.models.sharing.ple import PLE
from banian.models.sharing.shared_bottom import SharedBottom
from banian.models.sharing.stem import STEM
from banian.models.sharing.task_attention import TaskAttention
from banian.spec import (
    CrossStitchSpec,
    LatentVariableSpec,
    MMoESpec,
    PLESpec,
    SharedBottomSpec,
    SharingSpec,
    STEMSpec,
    TaskAttentionSpec,
)


def build_sharing(
    spec: SharingSpec, *, dim: int, tasks: Sequence[str], dropout: float
) -> AbstractSharing:
    """Build the module a spec declares.

    Args:
        spec: Which sharing, and its dials.
        dim: Units of the encoded input; where it has several views, of each of them.
        tasks: Names of the tasks, in the order in which the result has them.
        dropout: Probability that a unit is zeroed in training.

    """
    width, members = spec.width, spec.members
    match spec:
        case SharedBottomSpec():
            return SharedBottom(dim, tasks=tasks, width=width, dropout=dropout, members=members)
        case MMoESpec():
            return MMoE(
                dim,
                tasks=tasks,
                experts=spec.experts,
                width=width,
                dropout=dropout,
                members=members,
            )
        case PLESpec():
            return PLE(
                dim,
                tasks=tasks,
                layers=spec.layers,
                shared_experts=spec.shared_experts,
                task_experts=spec.task_experts,
                width=width,
                dropout=dropout,
                members=members,
            )
        case CrossStitchSpec():
            return CrossStitch(
                dim,
                tasks=tasks,
                layers=spec.layers,
                width=width,
                dropout=dropout,
                members=members,
            )
        case TaskAttentionSpec():
            return TaskAttention(
                dim,
                tasks=tasks,
                blocks=spec.blocks,
                width=width,
                dropout=dropout,
                members=members,
            )
        case STEMSpec():
            return STEM(
                dim,
                tasks=tasks,
                shared_experts=spec.shared_experts,
                task_experts=spec.task_experts,
                width=width,
                dropout=dropout,
                members=members,
            )
        case LatentVariableSpec():
            return LatentVariable(
                dim,
                tasks=tasks,
                width=width,
                weight=spec.weight,
                dropout=dropout,
                members=members,
            )
        case _:
            assert_never(spec)
