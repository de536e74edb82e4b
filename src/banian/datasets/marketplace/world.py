"""Everything about a marketplace that does not change from day to day."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.clock import start_of
from banian.datasets.marketplace.customers import Customers, draw_customers, write_customers
from banian.datasets.marketplace.market import Market
from banian.datasets.marketplace.merchants import Merchants, draw_merchants, write_merchants
from banian.datasets.marketplace.products import (
    Products,
    draw_products,
    write_products,
)
from banian.datasets.marketplace.random_streams import RandomStreams
from banian.datasets.marketplace.tastes import INTEREST, likes, season_of_categories
from banian.datasets.marketplace.writer import TableWriter


@final
@dataclass(frozen=True)
class World:
    """Who is there, and what they are like."""

    market: Market
    streams: RandomStreams
    customers: Customers
    merchants: Merchants
    products: Products

    @property
    def end(self) -> int:
        """The instant at which the simulation ends; what becomes known later stays unknown."""
        return start_of(self.market.days)

    def taste(self, who: np.ndarray, day: int) -> np.ndarray:
        """Give what customers think of each category on a day, [who, category], in log-odds of a click."""
        customers = self.customers
        taste = likes(self.market, day)[customers.segment[who]] + customers.own_taste[who]
        taste[np.arange(len(who)), customers.interest[who]] += INTEREST
        return taste + season_of_categories(self.market, day)


def draw_world(market: Market) -> World:
    """Draw customers, merchants and products."""
    streams = RandomStreams(market.seed)
    products = draw_products(market, streams)
    return World(
        market,
        streams,
        draw_customers(market, streams),
        draw_merchants(market, streams),
        products,
    )


def write_world(world: World, writer: TableWriter) -> None:
    """Write the tables of entities."""
    write_customers(world.customers, writer)
    write_merchants(world.merchants, writer)
    write_products(world.streams, world.products, writer)
