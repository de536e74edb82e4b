"""What a visitor sees beside the product: price, discount, delivery."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.clock import weekday
from banian.datasets.marketplace.inventory import LOW_STOCK, Inventory
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.products import REFERENCE_PRICE
from banian.datasets.marketplace.world import World

_NO_DELIVERY = (5, 6)  # days of the week on which nothing is sent


@final
@dataclass(frozen=True)
class Offer:
    """One value per impression."""

    price: np.ndarray
    """In cents."""
    discount: np.ndarray
    """In percent."""
    price_index: np.ndarray
    """The price over the typical price of the category."""
    delivery_days: np.ndarray
    is_low_stock: np.ndarray


def offer_of(world: World, inventory: Inventory, shown: Shown, day: int) -> Offer:
    """Look up what the shop offers for each impression."""
    products, item = world.products, shown.product
    typical = 100 * REFERENCE_PRICE[products.category[item]]
    days = world.merchants.delivery_days[products.merchant[item]] + products.extra_days[item]
    return Offer(
        price=inventory.price[item],
        discount=inventory.discount[item],
        price_index=np.round(inventory.price[item] / typical, 3),
        delivery_days=days + (weekday(day) in _NO_DELIVERY),
        is_low_stock=inventory.stock[item] <= LOW_STOCK,
    )
