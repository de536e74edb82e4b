"""Orders, their lines and their payments, when they are placed."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, money, numbered, words
from banian.datasets.marketplace.choices import Choices
from banian.datasets.marketplace.clock import DAY, HOUR, start_of
from banian.datasets.marketplace.event_queue import EventQueue
from banian.datasets.marketplace.inventory import Inventory
from banian.datasets.marketplace.offer import Offer
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.sampling import happens, sigmoid
from banian.datasets.marketplace.visits import Visits
from banian.datasets.marketplace.words import SCENES
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

_LATE_BASE = -2.2
_LATE_WHEN_WAITING = 2.0  # added where the stock did not suffice


@final
@dataclass(frozen=True)
class Orders:
    """The orders of a day and their lines, both in the order of time."""

    key: np.ndarray
    customer: np.ndarray
    at: np.ndarray
    amount: np.ndarray
    """In cents."""
    late_probability: np.ndarray
    is_late: np.ndarray
    promised_at: np.ndarray
    delivered_at: np.ndarray
    first_line: np.ndarray
    """Position of each order's first line."""
    order: np.ndarray
    """Per line, the position of its order."""
    product: np.ndarray
    price: np.ndarray
    quantity: np.ndarray
    scene: np.ndarray


def fill_baskets(
    baskets: EventQueue, visits: Visits, shown: Shown, offer: Offer, chosen: Choices
) -> None:
    """Put what was bought aside until it is ordered, within a day."""
    bought = np.flatnonzero(chosen.bought)
    baskets.add(
        chosen.ordered_at[bought],
        session=visits.session[shown.visit[bought]],
        customer=shown.customer[bought],
        product=shown.product[bought],
        price=offer.price[bought],
        quantity=chosen.quantity[bought],
        scene=shown.scene[bought],
        delivery_days=offer.delivery_days[bought],
    )


def place_orders(
    world: World, baskets: EventQueue, inventory: Inventory, day: int, writer: TableWriter
) -> Orders | None:
    """Place the orders that are due, take their products off the inventory, write them down."""
    lines = baskets.take(start_of(day + 1))
    if not lines or not len(lines["at"]):
        return None
    by_session = np.lexsort((lines["session"], lines["at"]))
    lines = {name: column[by_session] for name, column in lines.items()}
    starts = np.flatnonzero(np.diff(lines["session"], prepend=-1))
    order = np.searchsorted(starts, np.arange(len(lines["at"])), side="right") - 1
    generator, count = world.streams.of("orders", day), len(starts)
    at, customer = lines["at"][starts], lines["customer"][starts]
    waits = inventory.sell(lines["product"], lines["quantity"])
    lateness = world.merchants.lateness[world.products.merchant[lines["product"]]]
    worst = np.maximum.reduceat(_LATE_BASE + lateness + _LATE_WHEN_WAITING * waits, starts)
    late_probability = sigmoid(worst)
    is_late = happens(generator, late_probability)
    promised_at = at + np.maximum.reduceat(lines["delivery_days"], starts) * DAY
    early = (generator.random(count) * 12 * HOUR).astype(np.int64)
    late = 12 * HOUR + (generator.random(count) * 6 * DAY).astype(np.int64)
    orders = Orders(
        key=writer.rows["orders"] + np.arange(count),
        customer=customer,
        at=at,
        amount=np.add.reduceat(lines["price"] * lines["quantity"], starts),
        late_probability=late_probability,
        is_late=is_late,
        promised_at=promised_at,
        delivered_at=promised_at + np.where(is_late, late, -early),
        first_line=starts,
        order=order,
        product=lines["product"],
        price=lines["price"],
        quantity=lines["quantity"],
        scene=lines["scene"],
    )
    writer.add(
        "orders",
        order_id=orders.key,
        customer_id=customer,
        session_id=numbered("v", lines["session"][starts]),
        ordered_at=instants(at),
        scene=words(orders.scene[starts], SCENES),
        amount=money(orders.amount),
        line_count=np.diff(starts, append=len(order)),
        promised_at=instants(promised_at),
        delivered_at=instants(orders.delivered_at, orders.delivered_at >= world.end),
    )
    return orders
