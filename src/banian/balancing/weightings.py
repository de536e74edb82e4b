"""The weightings of gradients that torchjd computes.

Importing torchjd takes seconds where cvxpy is installed, so this file is imported when it is needed.

Source: UPGrad: Quinton and Rey, "Jacobian Descent for Multi-Objective Optimization", 2024, section 2.2. PCGrad: Yu et
al., "Gradient Surgery for Multi-Task Learning", NeurIPS 2020, algorithm 1. CAGrad: Liu et al., "Conflict-Averse
Gradient Descent for Multi-task Learning", NeurIPS 2021, algorithm 1. MGDA: Sener and Koltun, "Multi-Task Learning as
Multi-Objective Optimization", NeurIPS 2018, algorithm 2. IMTL-G: Liu et al., "Towards Impartial Multi-task Learning",
ICLR 2021, section 3.1. Aligned-MTL: Senushkin et al., "Independent Component Alignment for Multi-Task Learning",
CVPR 2023, algorithm 1.
"""

from collections.abc import Callable
from typing import assert_never

from torch import Tensor
from torchjd.aggregation import (
    AlignedMTLWeighting,
    CAGradWeighting,
    IMTLGWeighting,
    MGDAWeighting,
    PCGradWeighting,
    UPGradWeighting,
)
from torchjd.linalg import QuadprogProjector

from banian.balancing.aggregated import Weighting
from banian.extra import import_extra
from banian.spec import (
    AlignedMTLSpec,
    CAGradSpec,
    IMTLGSpec,
    MGDASpec,
    PCGradSpec,
    UPGradSpec,
)

_RIDGE = 1e-8  # for gradients that are equal; torchjd's own 1e-4 leaves something of every conflict


def build_weighting(
    spec: UPGradSpec | PCGradSpec | CAGradSpec | MGDASpec | IMTLGSpec | AlignedMTLSpec,
) -> Weighting:
    """Build the weighting a spec declares.

    Raises:
        DependencyError: it needs the extra `balance`, which is not installed.

    """
    match spec:
        case UPGradSpec():
            return _of_mean(UPGradWeighting(projector=QuadprogProjector(reg_eps=_RIDGE)))
        case PCGradSpec():
            return PCGradWeighting()
        case CAGradSpec():
            for module in ("cvxpy", "clarabel"):
                import_extra("balance", module)
            return _of_mean(CAGradWeighting(c=spec.radius))
        case MGDASpec():
            return _of_mean(MGDAWeighting())
        case IMTLGSpec():
            return _of_mean(IMTLGWeighting())
        case AlignedMTLSpec():
            return _of_mean(AlignedMTLWeighting())
        case _:
            assert_never(spec)


def _of_mean(weigh: Callable[[Tensor], Tensor]) -> Weighting:
    """Let weights that are 1/m each where m gradients agree be 1 each."""
    return lambda gramian: len(gramian) * weigh(gramian)
