"""From a dependence spec to modules; the only place that pairs the two."""

from collections.abc import Mapping
from typing import assert_never

from banian.kinds import build_kind
from banian.models.dependence.aitm import AITM
from banian.models.dependence.esmm import ESMM
from banian.models.dependence.space import AbstractSpace, OwnSpace
from banian.models.dependence.transfer import AbstractTransfer, NoTransfer
from banian.models.grain import Grain
from banian.predictions import chain_of
from banian.spec import AITMSpec, DependenceSpec, ESMMSpec, NoDependenceSpec


def build_transfer(
    spec: DependenceSpec, *, grains: Mapping[str, Grain], width: int, dropout: float
) -> AbstractTransfer:
    """Build what stands between the sharing and the towers of all grains' tasks."""
    match spec:
        case AITMSpec():
            tasks = sorted(task for grain in grains.values() for task in grain.tasks)
            given = {task: before for g in grains.values() for task, before in g.links.items()}
            return AITM(tasks, given, width=width, dropout=dropout)
        case NoDependenceSpec() | ESMMSpec():
            return NoTransfer()
        case _:
            assert_never(spec)


def build_space(spec: DependenceSpec, *, grains: Mapping[str, Grain]) -> AbstractSpace:
    """Build the space that losses are taken over."""
    match spec:
        case ESMMSpec():
            return ESMM(
                {
                    task: chain
                    for grain in grains.values()
                    for task, chain in _binary_chains(grain).items()
                }
            )
        case NoDependenceSpec() | AITMSpec():
            return OwnSpace()
        case _:
            assert_never(spec)


def _binary_chains(grain: Grain) -> dict[str, tuple[str, ...]]:
    """Keep those chains that are a product of probabilities: an amount given a purchase is none."""
    chains = {task: chain_of(task, grain.links) for task in grain.links}
    return {
        task: chain
        for task, chain in chains.items()
        if all(build_kind(grain.tasks[step].kind).is_probability for step in chain)
    }
