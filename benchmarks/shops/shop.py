"""A shop to measure on: its spec, its tables, and the truth where a simulation knows it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import banian
from banian.spec import ShopSpec
from shops import tables

GALLERY = Path(__file__).parents[2] / "gallery"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shop:
    """Where a shop's declaration stands, and how its tables come to be."""

    name: str
    declared: Path | None
    """Its YAML; None where it lies beside the tables that were made."""
    make: Callable[[Path, Path], Path]
    """From the folder of public data and an empty one to the folder that holds the tables."""

    def spec(self, folder: Path) -> ShopSpec:
        """Load the declaration of the shop whose tables `make` put into a folder."""
        return banian.load_spec(self.declared or folder / "shop.yaml")


SHOPS = (
    Shop("online_retail", GALLERY / "online_retail.yaml", tables.as_shipped("online_retail")),
    Shop(
        "complete_journey", GALLERY / "complete_journey.yaml", tables.as_shipped("complete_journey")
    ),
    Shop("hillstrom", GALLERY / "hillstrom.yaml", tables.as_shipped("hillstrom")),
    Shop("xmarket", HERE / "xmarket.yaml", tables.xmarket),
    Shop("fraud_ecommerce", HERE / "fraud_ecommerce.yaml", tables.fraud_ecommerce),
    Shop("fraud_after_a_minute", HERE / "fraud_ecommerce.yaml", tables.fraud_after_a_minute),
    Shop("ml100k", HERE / "ml100k.yaml", tables.ml100k),
    Shop("backorders", HERE / "backorders.yaml", tables.as_shipped("backorders")),
    Shop("simulated", None, tables.simulated),
    Shop("avocado", HERE / "avocado.yaml", tables.avocado),
    Shop("fashion", HERE / "fashion.yaml", tables.fashion),
)
