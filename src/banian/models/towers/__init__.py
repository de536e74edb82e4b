"""Towers: one representation in, the predictions and losses of one task out."""

from banian.models.towers.amount import MeanAmountTower as MeanAmountTower
from banian.models.towers.amount import MedianAmountTower as MedianAmountTower
from banian.models.towers.base import AbstractTower as AbstractTower
from banian.models.towers.binary import BinaryTower as BinaryTower
from banian.models.towers.build import TowerSpec as TowerSpec
from banian.models.towers.build import build_tower as build_tower
from banian.models.towers.count import CountTower as CountTower
from banian.models.towers.layer import AbstractTowerLayer as AbstractTowerLayer
from banian.models.towers.layer import TowerLayer as TowerLayer
from banian.models.towers.weighted_median import weighted_median as weighted_median
