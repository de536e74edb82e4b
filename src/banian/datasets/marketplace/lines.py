"""Order lines: what comes back, and when that is known."""

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, money, words
from banian.datasets.marketplace.clock import DAY, HOUR, start_of
from banian.datasets.marketplace.content import keeping_of_content
from banian.datasets.marketplace.event_queue import EventQueue
from banian.datasets.marketplace.labels import label_columns
from banian.datasets.marketplace.orders import Orders
from banian.datasets.marketplace.sampling import happens, sigmoid
from banian.datasets.marketplace.truth_writer import TruthWriter
from banian.datasets.marketplace.words import REASONS, SCENES
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

RETURN_WINDOW = 14 * DAY
RETURN_BASE = np.array([-3.0, -2.6, -2.4, -2.3, -1.0, -0.7, -1.8, -2.6])
"""By category, in log-odds."""
_RETURN_OF_LATENESS = 1.0


def write_lines(
    world: World,
    orders: Orders,
    returns: EventQueue,
    day: int,
    writer: TableWriter,
    truth: TruthWriter,
) -> np.ndarray:
    """Write the lines of a day's orders and decide which come back; say which."""
    generator, products, item = world.streams.of("lines", day), world.products, orders.product
    content = -keeping_of_content(world, item)
    on_time = RETURN_BASE[products.category[item]] - products.keep_appeal[item] + content
    punctual, belated = sigmoid(on_time), sigmoid(on_time + _RETURN_OF_LATENESS)
    is_late, lateness = orders.is_late[orders.order], orders.late_probability[orders.order]
    returned = happens(generator, np.where(is_late, belated, punctual))
    delivered_at = orders.delivered_at[orders.order]
    after = HOUR + (generator.random(len(item)) * (RETURN_WINDOW - HOUR)).astype(np.int64)
    returned_at = delivered_at + np.where(returned, after, RETURN_WINDOW)
    key = writer.rows["lines"] + np.arange(len(item))
    # When the line is placed nobody knows whether it will be late: both ways count by their probability.
    probability = lateness * belated + (1 - lateness) * punctual
    truth.add("lines", key, "returned", probability, returned, content=content)
    lost = world.streams.of("lost lines", day)
    writer.add(
        "lines",
        line_id=key,
        order_id=orders.key[orders.order],
        customer_id=orders.customer[orders.order],
        product_id=item,
        ordered_at=instants(orders.at[orders.order]),
        scene=words(orders.scene, SCENES),
        quantity=orders.quantity,
        price=money(orders.price),
        **label_columns(world, "returned", returned, returned_at, lost),
    )
    reason = generator.choice(len(REASONS), len(item), p=[0.4, 0.3, 0.0, 0.3])
    reason = np.where(is_late & (generator.random(len(item)) < 0.6), 2, reason)
    returns.add(
        returned_at[returned],
        line=key[returned],
        customer=orders.customer[orders.order][returned],
        product=item[returned],
        refund=(orders.price * orders.quantity)[returned],
        reason=reason[returned],
    )
    return returned


def take_returns(returns: EventQueue, day: int, writer: TableWriter) -> np.ndarray:
    """Write the returns that arrive on a day; say who sent them."""
    rows = returns.take(start_of(day + 1))
    if not rows:
        return np.zeros(0, np.int64)
    writer.add(
        "returns",
        return_id=writer.rows["returns"] + np.arange(len(rows["at"])),
        line_id=rows["line"],
        customer_id=rows["customer"],
        product_id=rows["product"],
        returned_at=instants(rows["at"]),
        reason=words(rows["reason"], REASONS),
        refund=money(rows["refund"]),
    )
    return rows["customer"]
