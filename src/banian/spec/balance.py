"""How the losses of several tasks become one update."""

from collections.abc import Mapping
from typing import Annotated, Literal, final

from pydantic import Field, PositiveFloat

from banian.spec.base import AbstractSpec, OneWord

Importance = Literal["high", "normal", "low"]


@final
class EqualSpec(AbstractSpec):
    """Every task's loss, in units of the constant predictor's, counts the same."""

    kind: Literal["equal"] = "equal"


EQUAL = EqualSpec()
"""Where nothing else is said."""


@final
class FixedSpec(AbstractSpec):
    """Weights by name; they are divided by their mean over the tasks."""

    kind: Literal["fixed"] = "fixed"
    weights: dict[str, PositiveFloat] = Field(min_length=1)
    """Task → weight; 1 for a task that is not named."""


@final
class ImportanceSpec(AbstractSpec):
    """Weights by level: high counts twice as much as normal, low half as much."""

    kind: Literal["importance"] = "importance"
    levels: dict[str, Importance] = Field(min_length=1)
    """Task → level; normal for a task that is not named."""


@final
class UncertaintySpec(AbstractSpec):
    """Each task learns the scale of its own noise (Kendall et al., CVPR 2018)."""

    kind: Literal["uncertainty"] = "uncertainty"


@final
class DWASpec(AbstractSpec):
    """Dynamic weight average: more for tasks whose loss falls slowly (Liu et al., CVPR 2019)."""

    kind: Literal["dwa"] = "dwa"
    temperature: PositiveFloat = 2.0
    """The higher, the more alike the weights; 2 in the paper."""


@final
class RLWSpec(AbstractSpec):
    """Random loss weighting, drawn anew at every step (Lin et al., TMLR 2022)."""

    kind: Literal["rlw"] = "rlw"


@final
class GradNormSpec(AbstractSpec):
    """Weights that bring the gradient norms of all tasks to a common scale (Chen et al., ICML 2018)."""

    kind: Literal["gradnorm"] = "gradnorm"
    alpha: float = Field(default=1.5, ge=0)
    """How strongly a task that lags behind is pulled; 0 makes all norms equal, 1.5 in the paper."""


@final
class FAMOSpec(AbstractSpec):
    """Weights under which all log losses fall at the same rate (Liu et al., NeurIPS 2023)."""

    kind: Literal["famo"] = "famo"


@final
class UPGradSpec(AbstractSpec):
    """Each task's gradient, freed of what would harm another, averaged (Quinton and Rey, 2024)."""

    kind: Literal["upgrad"] = "upgrad"


@final
class PCGradSpec(AbstractSpec):
    """Gradient surgery: conflicting parts are projected out one by one (Yu et al., NeurIPS 2020)."""

    kind: Literal["pcgrad"] = "pcgrad"


@final
class CAGradSpec(AbstractSpec):
    """The best for the worst task near the mean gradient (Liu et al., NeurIPS 2021)."""

    kind: Literal["cagrad"] = "cagrad"
    radius: float = Field(default=0.4, ge=0, lt=1)
    """The paper's c: how far from the mean gradient, as a share of its length; 0 is the mean."""


@final
class MGDASpec(AbstractSpec):
    """The shortest convex combination of the gradients (Sener and Koltun, NeurIPS 2018)."""

    kind: Literal["mgda"] = "mgda"


@final
class IMTLGSpec(AbstractSpec):
    """The combination with equal projections on all gradients (Liu et al., ICLR 2021)."""

    kind: Literal["imtl_g"] = "imtl_g"


@final
class AlignedMTLSpec(AbstractSpec):
    """Gradients made orthogonal and equally long, then averaged (Senushkin et al., CVPR 2023)."""

    kind: Literal["aligned_mtl"] = "aligned_mtl"


@final
class NashMTLSpec(AbstractSpec):
    """The gradients' Nash bargaining solution (Navon et al., ICML 2022)."""

    kind: Literal["nash_mtl"] = "nash_mtl"


@final
class AlternatingSpec(AbstractSpec):
    """One task, or the tasks of one grain, per step in turn."""

    kind: Literal["alternating"] = "alternating"
    by: Literal["task", "grain"] = "task"
    """Whose turn it is."""


BalanceSpec = Annotated[
    EqualSpec
    | FixedSpec
    | ImportanceSpec
    | UncertaintySpec
    | DWASpec
    | RLWSpec
    | GradNormSpec
    | FAMOSpec
    | UPGradSpec
    | PCGradSpec
    | CAGradSpec
    | MGDASpec
    | IMTLGSpec
    | AlignedMTLSpec
    | NashMTLSpec
    | AlternatingSpec,
    Field(discriminator="kind"),
    OneWord,
]


def named_tasks(spec: BalanceSpec) -> tuple[str, Mapping[str, object]]:
    """Give the field in which a balance names tasks, and what it says of each; nothing for most.

    >>> named_tasks(FixedSpec(weights={"spend": 2.0}))
    ('weights', {'spend': 2.0})
    """
    match spec:
        case FixedSpec():
            return "weights", spec.weights
        case ImportanceSpec():
            return "levels", spec.levels
        case _:
            return "", {}
