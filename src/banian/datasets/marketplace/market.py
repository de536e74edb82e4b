"""What kind of marketplace to simulate: its size and its knobs."""

import math
from typing import final

from pydantic import Field, PositiveInt

from banian.spec.base import AbstractSpec


@final
class Market(AbstractSpec):
    """A marketplace and its knobs. A knob without a unit goes from 0 (off) to 1."""

    customers: PositiveInt = 5000
    """Customers that have joined by the last day."""
    products: PositiveInt = 1500
    """Products that have been launched by the last day."""
    merchants: PositiveInt = 60
    """Merchants that sell them."""
    days: PositiveInt = 365
    """Days simulated, from 2025-01-01 on."""
    seed: int = Field(default=7, ge=0)
    """Same seed, same bytes."""
    visits: float = Field(default=0.08, gt=0, le=24)
    """Visits per customer and day, in an ordinary week, of one who neither joins late nor leaves."""
    position_bias: float = Field(default=0.8, ge=0, le=10)
    """How much the log of the position lowers the log-odds of a click."""
    price_elasticity: float = Field(default=2, ge=0, le=10)
    """How much a price higher by 1 % lowers the odds of a purchase after a click, in %."""
    seasonality: float = Field(default=0.5, ge=0, le=1)
    """How much visits and tastes follow the week and the year."""
    help: float = Field(default=0.7, ge=0, le=1)
    """Share of a product's appeal that is one quality behind clicks, purchases, kept orders and loyalty."""
    conflict: float = Field(default=0.2, ge=0, le=1)
    """How much click-bait attracts clicks and repels purchases."""
    drift: float = Field(default=0, ge=0, le=1)
    """How far tastes have moved to others by the last day."""
    missing_labels: float = Field(default=0, ge=0, le=1)
    """Share of label values that tracking lost."""
    scene_imbalance: float = Field(default=0, ge=0, le=1)
    """How far scenes other than home vanish; at 1 they keep one page in fifty."""
    merchant_heterogeneity: float = Field(default=0.2, ge=0, le=1)
    """How much merchants differ in appeal, elasticity and reliability."""
    fraud: float = Field(default=0.02, ge=0, le=1)
    """Share of customers that belong to a fraud ring."""
    ring_size: PositiveInt = 6
    """Customers of one fraud ring, who share devices, cards and addresses."""
    leaving: float = Field(default=0.3, ge=0, lt=1)
    """Share of customers that leave within a year though nothing bad happened to them."""

    content: float = Field(default=0.5, ge=0, le=1)
    """How much what only titles, descriptions, photos and queries say matters to clicks, purchases, returns, prices."""
    photos: float = Field(default=0, ge=0, le=1)
    """Share of products that have a photo."""

    @property
    def hazard(self) -> float:
        """Probability that a content customer leaves on a day."""
        return -math.log1p(-self.leaving) / 365
