"""From a task's kind and metric to a tower; the only place that pairs the two."""

from dataclasses import dataclass
from typing import final

from banian.models.towers.amount import MeanAmountTower, MedianAmountTower
from banian.models.towers.base import AbstractTower
from banian.models.towers.binary import BinaryTower
from banian.models.towers.count import CountTower
from banian.models.towers.layer import AbstractTowerLayer
from banian.spec import Kind, Metric


@final
@dataclass(frozen=True)
class TowerSpec:
    """What a tower must know of its task."""

    kind: Kind
    metric: Metric
    """What predictions are judged by, and so whether an amount's median or mean is reported."""
    floor: float | None = None
    """The least value that a label can have."""


def build_tower(spec: TowerSpec, layer: AbstractTowerLayer) -> AbstractTower:
    """Build the tower of a task on top of its layer."""
    tower: type[BinaryTower | MedianAmountTower | MeanAmountTower | CountTower]
    match spec.kind:
        case "binary":
            tower = BinaryTower
        case "amount" | "regression" | "ordinal":
            tower = MedianAmountTower if spec.metric == "mae" else MeanAmountTower
        case "count":
            tower = CountTower
        case _:
            raise ValueError(f"there is no tower for a {spec.kind} label")
    return tower(layer, floor=spec.floor)
