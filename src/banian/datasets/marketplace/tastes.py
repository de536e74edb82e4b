"""What each segment of customers likes, and how tastes move."""

import numpy as np

from banian.datasets.marketplace.market import Market

#       books  toys  kitchen  garden  fashion  shoes  electronics  beauty
LIKES = np.array(
    [
        [0.4, 0.3, 0.5, -0.3, 0.3, 0.1, -0.8, 0.4],  # bargain
        [0.2, 1.6, 0.9, 0.1, 0.0, 0.0, -0.8, -0.4],  # family
        [-0.6, -1.1, -0.6, -1.0, 1.5, 1.3, -0.5, 1.2],  # stylish
        [-0.5, -0.7, 0.7, 1.6, -1.1, -0.6, 0.6, -1.2],  # handy
        [0.9, 0.2, -0.5, -0.9, -1.0, -0.4, 1.7, -1.1],  # techie
    ]
)
"""Segment × category, in log-odds of a click."""
TIER_LIKES = np.array(
    [
        [0.6, 0.0, -0.8],  # bargain
        [0.2, 0.1, -0.3],  # family
        [-0.6, 0.0, 0.6],  # stylish
        [-0.1, 0.3, -0.1],  # handy
        [-0.5, 0.0, 0.5],  # techie
    ]
)
"""Segment × tier, in log-odds of a purchase."""
SENSITIVITY = np.array([1.3, 1.1, 0.9, 1.0, 0.85])
"""By segment: price elasticity, relative to the market's."""
INTEREST = 0.5
"""What the declared interest adds to a category, in log-odds of a click."""
_HIGH_SEASON = np.array([330, 340, 20, 130, 110, 280, 325, 40])
"""Day of the year at which each category is liked most."""


def likes(market: Market, day: int) -> np.ndarray:
    """Give segment × category on a day: drift turns every segment's likes into another's."""
    moved = market.drift * day / max(market.days - 1, 1)
    return (1 - moved) * LIKES + moved * np.roll(LIKES, 2, axis=0)


def season_of_categories(market: Market, day: int) -> np.ndarray:
    """Give what the time of the year adds to each category, in log-odds of a click."""
    return 0.5 * market.seasonality * np.cos(2 * np.pi * (day - _HIGH_SEASON) / 365)


def season_of_visits(market: Market, day: int) -> float:
    """Give the factor by which visits exceed those of an ordinary day."""
    weekly = (-0.15, -0.2, -0.15, -0.1, 0.0, 0.25, 0.35)[(day + 2) % 7]
    yearly = 0.3 * np.cos(2 * np.pi * (day - 335) / 365)
    return float(1 + market.seasonality * (weekly + yearly))
