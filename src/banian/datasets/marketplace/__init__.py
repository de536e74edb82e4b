"""A simulated marketplace with known truth: docs/simulator.md."""

from banian.datasets.marketplace.market import Market as Market
from banian.datasets.marketplace.presets import PRESETS as PRESETS
from banian.datasets.marketplace.shop_yaml import FEWEST_DAYS as FEWEST_DAYS
from banian.datasets.marketplace.simulate import FILES as FILES
from banian.datasets.marketplace.simulate import Simulation as Simulation
from banian.datasets.marketplace.simulate import write_marketplace as write_marketplace
