"""Price and stock of every product, from day to day."""

from typing import final

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, money
from banian.datasets.marketplace.clock import start_of
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

LOW_STOCK = 3
_DISCOUNTS = np.array([10, 15, 20, 30, 40])
_NEW_PRICE = 0.1  # probability per day
_NEW_PROMOTION = 0.02
_UNITS_OF_VISIT = 0.35  # what a visit is expected to sell, for sizing the stock
_SMALLEST_ORDER = 8


@final
class Inventory:
    """Price, promotion and stock of every product; they change over night, and by what is sold.

    Args:
        world: The market, its customers, merchants and products.

    """

    def __init__(self, world: World) -> None:
        products, market = world.products, world.market
        count = market.products
        share = products.popularity / products.popularity.sum()
        daily = market.customers * market.visits * _UNITS_OF_VISIT * share
        self._world = world
        self._lot = np.maximum(np.ceil(30 * daily), _SMALLEST_ORDER).astype(np.int64)
        self._reorder_at = np.maximum(np.ceil(10 * daily), LOW_STOCK).astype(np.int64)
        self._arrives = np.full(count, -1)
        self._factor = np.ones(count)
        self._promoted_until = np.full(count, -1)
        self._promotion = np.zeros(count, np.int64)
        self._order = np.argsort(products.category, kind="stable")
        self.stock = world.streams.of("stock").integers(self._reorder_at, 2 * self._lot + 1)
        """Units; below 0 are promised to customers."""
        self.price = products.list_price.copy()
        """In cents."""
        self.discount = np.zeros(count, np.int64)
        """In percent; 0 without a promotion."""

    def open(self, day: int) -> None:
        """Take in what arrives, set the day's prices, order anew what runs out."""
        # Streams are seeded by their name: with another one every shop would change.
        generator, count = self._world.streams.of("shelf", day), len(self.stock)
        self.stock += np.where(self._arrives == day, self._lot, 0)
        fresh = np.exp(generator.normal(0, 0.12, count))
        self._factor = np.where(generator.random(count) < _NEW_PRICE, fresh, self._factor)
        starts = (generator.random(count) < _NEW_PROMOTION) & (self._promoted_until < day)
        length, size = generator.integers(3, 11, count), generator.choice(_DISCOUNTS, count)
        self._promoted_until = np.where(starts, day + length, self._promoted_until)
        self._promotion = np.where(starts, size, self._promotion)
        self.discount = np.where(self._promoted_until >= day, self._promotion, 0)
        price = self._world.products.list_price * self._factor * (1 - self.discount / 100)
        self.price = np.maximum(np.round(price), 1).astype(np.int64)
        lead = generator.integers(4, 15, count)
        needed = (self.stock <= self._reorder_at) & (self._arrives <= day)
        self._arrives = np.where(needed, day + lead, self._arrives)

    def is_offered(self, day: int) -> np.ndarray:
        """Say which products can be shown: launched, and not sold out when the day began."""
        return (self.stock > 0) & (self._world.products.launched_at <= start_of(day))

    def pick(self, generator: np.random.Generator, category: np.ndarray, day: int) -> np.ndarray:
        """Draw a product of each category by popularity; -1 where none is offered."""
        products = self._world.products
        weight = (products.popularity * self.is_offered(day))[self._order]
        up_to = np.concatenate([[0.0], np.cumsum(weight)])
        edges = np.searchsorted(
            products.category[self._order], np.arange(category.max(initial=0) + 2)
        )
        low, high = up_to[edges[category]], up_to[edges[category + 1]]
        drawn = low + generator.random(len(category)) * (high - low)
        at = np.searchsorted(up_to, drawn, side="right") - 1
        picked = self._order[np.clip(at, 0, len(weight) - 1)]
        return np.where(high > low, picked, -1)

    def sell(self, product: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Take units off the inventory; say which lines have to wait because they are not there."""
        order = np.argsort(product, kind="stable")
        units, sorted_products = quantity[order], product[order]
        so_far = np.cumsum(units)
        first = np.searchsorted(sorted_products, sorted_products)
        wanted = so_far - (so_far[first] - units[first])
        waits = np.empty(len(product), bool)
        waits[order] = wanted > self.stock[sorted_products]
        np.subtract.at(self.stock, product, quantity)
        return waits

    def write(self, day: int, writer: TableWriter) -> None:
        """Write the morning's prices and stock of all products that have been launched."""
        there = np.flatnonzero(self._world.products.launched_at <= start_of(day))
        writer.add(
            "stock",
            product_id=there,
            day=instants(np.full(len(there), start_of(day))),
            price=money(self.price[there]),
            stock=np.maximum(self.stock[there], 0),
            is_promoted=self.discount[there] > 0,
        )
