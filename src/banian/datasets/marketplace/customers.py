"""The customers: what is known of them, and what only the world knows."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, words
from banian.datasets.marketplace.clock import DAY, START
from banian.datasets.marketplace.lexicon import COLOURS
from banian.datasets.marketplace.market import Market
from banian.datasets.marketplace.random_streams import RandomStreams
from banian.datasets.marketplace.rings import Wallets, draw_wallets
from banian.datasets.marketplace.tastes import SENSITIVITY
from banian.datasets.marketplace.words import AGE_BANDS, CATEGORIES, COUNTRIES, DEVICES, SEGMENTS
from banian.datasets.marketplace.writer import TableWriter

_OLD_SHARE = 0.7  # of customers, who joined before the first day
_MEAN_TENURE = 250 * DAY
_VISITS_OF_SEGMENT = np.array([1.2, 1.0, 1.1, 0.8, 0.9])
_DESKTOP_BY_AGE = np.array([0.15, 0.3, 0.45, 0.6])


@final
@dataclass(frozen=True)
class Customers:
    """One value per customer, in the order of joining."""

    joined_at: np.ndarray
    country: np.ndarray
    age_band: np.ndarray
    segment: np.ndarray
    interest: np.ndarray
    device: np.ndarray
    newsletter: np.ndarray
    activity: np.ndarray
    """Visits, relative to the mean of all."""
    click_lean: np.ndarray
    """What the customer adds to the log-odds of any click."""
    purchase_lean: np.ndarray
    price_sensitivity: np.ndarray
    """Price elasticity, relative to the market's."""
    own_taste: np.ndarray
    """What segment and interest do not explain, [customer, category]."""
    favourite: np.ndarray
    """The colour that the customer likes best."""
    wallets: Wallets


def draw_customers(market: Market, streams: RandomStreams) -> Customers:
    """Draw all customers that ever join."""
    generator, count = streams.of("customers"), market.customers
    old = generator.random(count) < _OLD_SHARE
    before = -generator.exponential(_MEAN_TENURE, count)
    since = generator.random(count) * 0.8 * market.days * DAY
    segment = generator.choice(len(SEGMENTS), count, p=[0.25, 0.25, 0.2, 0.15, 0.15])
    age_band = generator.choice(len(AGE_BANDS), count, p=[0.25, 0.35, 0.25, 0.15])
    is_desktop = generator.random(count) < _DESKTOP_BY_AGE[age_band]
    wallets = draw_wallets(market, streams.of("wallets"))
    fraudulent = wallets.ring >= 0
    activity = generator.gamma(1.5, 1 / 1.5, count) * _VISITS_OF_SEGMENT[segment]
    return Customers(
        joined_at=START + np.sort(np.where(old, before, since).astype(np.int64)),
        country=generator.choice(len(COUNTRIES), count, p=[0.4, 0.2, 0.15, 0.15, 0.1]),
        age_band=age_band,
        segment=segment,
        interest=generator.integers(0, len(CATEGORIES), count),
        device=np.where(is_desktop, 1, np.where(generator.random(count) < 0.5, 0, 2)),
        newsletter=generator.random(count) < 0.4,
        activity=np.where(fraudulent, np.maximum(activity, 0.8), activity),
        click_lean=generator.normal(0, 0.35, count),
        purchase_lean=generator.normal(0, 0.2, count),
        price_sensitivity=SENSITIVITY[segment] * np.exp(generator.normal(0, 0.15, count)),
        own_taste=generator.normal(0, 0.2, (count, len(CATEGORIES))).astype(np.float32),
        favourite=streams.of("favourites").integers(0, len(COLOURS), count),
        wallets=wallets,
    )


def write_customers(customers: Customers, writer: TableWriter) -> None:
    """Write what the shop knows of its customers."""
    writer.add(
        "customers",
        customer_id=np.arange(len(customers.segment)),
        joined_at=instants(customers.joined_at),
        country=words(customers.country, COUNTRIES),
        age_band=words(customers.age_band, AGE_BANDS),
        segment=words(customers.segment, SEGMENTS),
        interest=words(customers.interest, CATEGORIES),
        device=words(customers.device, DEVICES),
        newsletter=customers.newsletter,
    )
