"""The merchants: whom customers like, who delivers fast, who is late."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, words
from banian.datasets.marketplace.clock import DAY, START
from banian.datasets.marketplace.market import Market
from banian.datasets.marketplace.random_streams import RandomStreams
from banian.datasets.marketplace.words import COUNTRIES
from banian.datasets.marketplace.writer import TableWriter


@final
@dataclass(frozen=True)
class Merchants:
    """One value per merchant."""

    country: np.ndarray
    joined_at: np.ndarray
    delivery_days: np.ndarray
    """Days that a delivery takes at best."""
    click_appeal: np.ndarray
    purchase_appeal: np.ndarray
    elasticity: np.ndarray
    """Price elasticity, relative to the market's."""
    lateness: np.ndarray
    """What the merchant adds to the log-odds that a delivery is late."""


def draw_merchants(market: Market, streams: RandomStreams) -> Merchants:
    """Draw all merchants; they differ by the knob."""
    generator, count = streams.of("merchants"), market.merchants
    differ = market.merchant_heterogeneity
    return Merchants(
        country=generator.choice(len(COUNTRIES), count, p=[0.5, 0.15, 0.15, 0.1, 0.1]),
        joined_at=START - generator.integers(30 * DAY, 1500 * DAY, count),
        delivery_days=generator.integers(1, 5, count),
        click_appeal=1.2 * differ * generator.normal(0, 1, count),
        purchase_appeal=1.2 * differ * generator.normal(0, 1, count),
        elasticity=np.exp(0.6 * differ * generator.normal(0, 1, count)),
        lateness=1.5 * differ * generator.normal(0, 1, count),
    )


def write_merchants(merchants: Merchants, writer: TableWriter) -> None:
    """Write what the shop knows of its merchants."""
    count = len(merchants.country)
    writer.add(
        "merchants",
        merchant_id=np.arange(count),
        name=[f"Merchant {number + 1}" for number in range(count)],
        country=words(merchants.country, COUNTRIES),
        joined_at=instants(merchants.joined_at),
        delivery_days=merchants.delivery_days,
    )
