"""Towers: one representation in, the predictions and losses of one task out."""

from banian.models.towers.amount import MeanAmountTower as MeanAmountTower
from banian.models.towers.amount import MedianAmountTower as MedianAmountTower
from banian.models.towers.base import AbstractTower as AbstractTower
from banian.models.towers.binary import BinaryTower as BinaryTower
from banian.models.towers.build import build_tower as build_tower
from banian.models.towers.categorical import CategoricalTower as CategoricalTower
from banian.models.towers.count import CountTower as CountTower
from banian.models.towers.gaussian import GaussianTower as GaussianTower
from banian.models.towers.layer import AbstractTowerLayer as AbstractTowerLayer
from banian.models.towers.layer import TowerLayer as TowerLayer
from banian.models.towers.negative_binomial import NegativeBinomialTower as NegativeBinomialTower
from banian.models.towers.ordinal import OrdinalTower as OrdinalTower
from banian.models.towers.quantile import QuantileTower as QuantileTower
from banian.models.towers.ranking import SoftmaxTower as SoftmaxTower
from banian.models.towers.sampled import SampledSoftmaxTower as SampledSoftmaxTower
from banian.models.towers.uplift import UpliftTower as UpliftTower
from banian.models.towers.weighted_quantile import weighted_median as weighted_median
from banian.models.towers.weighted_quantile import weighted_quantile as weighted_quantile
from banian.models.towers.zero_inflated import ZeroInflatedTower as ZeroInflatedTower
