"""What is known of a task once its labels have been seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

from banian.spec import TOWERS, Kind, Metric, Tower

Reports = Literal["mean", "median"]
"""What of a predicted distribution is reported: what the metric rewards."""
TrialLabel = Literal["truth", "number"]
"""What a trial of treatments looks at: yes or no, or a number."""


@final
@dataclass(frozen=True)
class TowerState:
    """What a tower must know of its task, and what its predictions are read by."""

    kind: Kind
    metric: Metric
    """What predictions are judged by, and so whether a number's median or mean is reported."""
    floor: float | None = None
    """The least value that a label can have: as the task says, or as the labels that train do."""
    tower: Tower | None = None
    """The kind's first if left out."""
    quantile: float | None = None
    """Of kind quantile: which one."""
    classes: tuple[str, ...] = ()
    """What the codes of labels stand for: the known classes or items, or the arms of a trial, the control first."""
    grades: tuple[float, ...] = ()
    """Of kind ordinal: the grades in ascending order."""
    top: int | None = None
    """Of kind ranking: how many items are ranked."""
    outcome: TrialLabel = "number"
    """Of kind uplift: whether the label is yes or no, or a number."""

    @property
    def learned_by(self) -> Tower:
        """Name the tower."""
        return self.tower or TOWERS[self.kind][0]

    @property
    def reports(self) -> Reports:
        """Say what of a number's distribution is reported.

        >>> TowerState("amount", "mae").reports, TowerState("count", "deviance").reports
        ('median', 'mean')
        """
        return "median" if self.metric in ("mae", "ranked_probability") else "mean"

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "TowerState":
        """Read what `dataclasses.asdict` gave, from JSON."""
        lists = {name: tuple(tree.get(name, ())) for name in ("classes", "grades")}
        return cls(**(dict(tree) | lists))
