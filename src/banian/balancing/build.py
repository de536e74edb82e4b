"""From a balance spec to the balance; the only place that pairs the two."""

from collections.abc import Mapping
from typing import assert_never

import torch

from banian.balancing.aggregated import Aggregated
from banian.balancing.alternating import Alternating
from banian.balancing.base import AbstractBalance
from banian.balancing.constant import ConstantWeights
from banian.balancing.dwa import DynamicWeightAverage
from banian.balancing.famo import FAMO
from banian.balancing.gradnorm import GradNorm
from banian.balancing.nash import weigh_nash
from banian.balancing.random import RandomWeights
from banian.balancing.uncertainty import UncertaintyWeights
from banian.spec import (
    AlignedMTLSpec,
    AlternatingSpec,
    BalanceSpec,
    CAGradSpec,
    DWASpec,
    EqualSpec,
    FAMOSpec,
    FixedSpec,
    GradNormSpec,
    ImportanceSpec,
    IMTLGSpec,
    MGDASpec,
    NashMTLSpec,
    PCGradSpec,
    RLWSpec,
    UncertaintySpec,
    UPGradSpec,
)

_LEVELS = {"high": 2.0, "normal": 1.0, "low": 0.5}


def check_extras(spec: BalanceSpec) -> None:
    """Check, before hours of other work, that a balance can be built.

    Raises:
        DependencyError: it needs the extra `balance`, which is not installed.

    """
    build_balance(spec, {"": ""}, updates_per_epoch=1)


def build_balance(
    spec: BalanceSpec, grain_of: Mapping[str, str], *, updates_per_epoch: int
) -> AbstractBalance:
    """Build the balance a spec declares, for these tasks and their grains; tasks are numbered in the order of names.

    Raises:
        DependencyError: it needs the extra `balance`, which is not installed.

    """
    tasks = sorted(grain_of)
    match spec:
        case EqualSpec():
            return ConstantWeights(torch.ones(len(tasks)))
        case FixedSpec():
            return ConstantWeights(torch.tensor([spec.weights.get(task, 1.0) for task in tasks]))
        case ImportanceSpec():
            levels = [spec.levels.get(task, "normal") for task in tasks]
            return ConstantWeights(torch.tensor([_LEVELS[level] for level in levels]))
        case UncertaintySpec():
            return UncertaintyWeights(len(tasks))
        case DWASpec():
            return DynamicWeightAverage(
                len(tasks), temperature=spec.temperature, updates_per_epoch=updates_per_epoch
            )
        case RLWSpec():
            return RandomWeights(len(tasks))
        case GradNormSpec():
            return GradNorm(len(tasks), alpha=spec.alpha)
        case FAMOSpec():
            return FAMO(len(tasks))
        case NashMTLSpec():
            return Aggregated(weigh_nash)
        case (
            UPGradSpec() | PCGradSpec() | CAGradSpec() | MGDASpec() | IMTLGSpec() | AlignedMTLSpec()
        ):
            from banian.balancing.weightings import build_weighting  # says why so late

            return Aggregated(build_weighting(spec))
        case AlternatingSpec(by="task"):
            return Alternating(range(len(tasks)))
        case AlternatingSpec():
            grains = sorted(set(grain_of.values()))
            return Alternating([grains.index(grain_of[task]) for task in tasks])
        case _:
            assert_never(spec)
