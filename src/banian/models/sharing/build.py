"""From a sharing spec to a module; the only place that pairs the two."""

from typing import assert_never

from banian.models.sharing.base import AbstractSharing
from banian.models.sharing.mmoe import MMoE
from banian.models.sharing.shared_bottom import SharedBottom
from banian.spec import MMoESpec, SharedBottomSpec, SharingSpec


def build_sharing(spec: SharingSpec, *, dim: int, tasks: int, dropout: float) -> AbstractSharing:
    """Build the module a spec declares, for inputs of width `dim`."""
    match spec:
        case SharedBottomSpec():
            return SharedBottom(dim, tasks=tasks, width=spec.width, dropout=dropout)
        case MMoESpec():
            return MMoE(dim, tasks=tasks, experts=spec.experts, width=spec.width, dropout=dropout)
        case _:
            assert_never(spec)
