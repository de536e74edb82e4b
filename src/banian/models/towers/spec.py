"""What a tower must know of its task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from banian.models.towers.arms import Outcome
from banian.models.towers.reports import Reports
from banian.spec import TOWERS, Kind, Metric, Tower


@final
@dataclass(frozen=True)
class TowerSpec:
    """What a tower must know of its task, and what its predictions are read by."""

    kind: Kind
    metric: Metric
    """What predictions are judged by, and so whether a number's median or mean is reported."""
    floor: float | None = None
    """The least value that a label can have."""
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
    outcome: Outcome = "number"
    """Of kind uplift: whether the label is yes or no, or a number."""

    @property
    def learned_by(self) -> Tower:
        """Name the tower."""
        return self.tower or TOWERS[self.kind][0]

    @property
    def reports(self) -> Reports:
        """Say what of a number's distribution is reported.

        >>> TowerSpec("amount", "mae").reports, TowerSpec("count", "deviance").reports
        ('median', 'mean')
        """
        return "median" if self.metric in ("mae", "ranked_probability") else "mean"

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> "TowerSpec":
        """Read what `dataclasses.asdict` gave, from JSON."""
        lists = {name: tuple(tree.get(name, ())) for name in ("classes", "grades")}
        return cls(**(dict(tree) | lists))
