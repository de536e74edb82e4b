"""From a task's tower spec to a tower; the only place that pairs the two."""

from typing import assert_never

import torch

from banian.kinds import TowerState
from banian.models.towers.amount import MeanAmountTower, MedianAmountTower
from banian.models.towers.base import AbstractTower
from banian.models.towers.binary import BinaryTower
from banian.models.towers.categorical import CategoricalTower
from banian.models.towers.count import CountTower
from banian.models.towers.gaussian import GaussianTower
from banian.models.towers.layer import AbstractTowerLayer
from banian.models.towers.negative_binomial import NegativeBinomialTower
from banian.models.towers.ordinal import OrdinalTower
from banian.models.towers.quantile import QuantileTower
from banian.models.towers.ranking import SoftmaxTower
from banian.models.towers.sampled import SampledSoftmaxTower
from banian.models.towers.uplift import UpliftTower
from banian.models.towers.zero_inflated import ZeroInflatedTower


def build_tower(spec: TowerState, layer: AbstractTowerLayer) -> AbstractTower:
    """Build the tower of a task on top of its layer."""
    match spec.learned_by:
        case "bernoulli":
            return BinaryTower(layer)
        case "categorical":
            return CategoricalTower(layer, classes=len(spec.classes))
        case "cumulative_link":
            return OrdinalTower(layer, grades=torch.tensor(spec.grades, dtype=torch.float64))
        case "poisson":
            return CountTower(layer, floor=spec.floor, reports=spec.reports)
        case "negative_binomial":
            return NegativeBinomialTower(layer, floor=spec.floor, reports=spec.reports)
        case "zero_inflated_log_normal":
            return ZeroInflatedTower(layer, floor=spec.floor, reports=spec.reports)
        case "gaussian":
            return GaussianTower(layer, floor=spec.floor, reports=spec.reports)
        case "relative_error":
            tower = MedianAmountTower if spec.reports == "median" else MeanAmountTower
            return tower(layer, floor=spec.floor)
        case "pinball":
            return QuantileTower(layer, floor=spec.floor, rank=spec.quantile or 0.5)
        case "softmax":
            return SoftmaxTower(layer, items=len(spec.classes))
        case "sampled_softmax":
            return SampledSoftmaxTower(layer, items=len(spec.classes))
        case "arms":
            return UpliftTower(layer, arms=len(spec.classes), outcome=spec.outcome)
        case _:
            assert_never(spec.learned_by)
