"""Payments: what was used to pay, and which are charged back."""

import numpy as np
import pyarrow as pa

from banian.datasets.marketplace.arrow_columns import instants, money, numbered, words
from banian.datasets.marketplace.clock import DAY, SECOND
from banian.datasets.marketplace.event_queue import EventQueue
from banian.datasets.marketplace.labels import label_columns
from banian.datasets.marketplace.orders import Orders
from banian.datasets.marketplace.sampling import choose, happens, sigmoid
from banian.datasets.marketplace.truth_writer import TruthWriter
from banian.datasets.marketplace.words import METHODS
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

EARLIEST_CHARGE_BACK = 5 * DAY
LATEST_CHARGE_BACK = 30 * DAY
_BASE = -5.4
_RING = 5.4  # what membership of a ring adds to the log-odds
_NEW_ACCOUNT = 1.0  # below 30 days
_OF_AMOUNT = 0.4  # per log of the amount over 60
_OF_METHOD = np.array([0.3, 0.0, 0.5, -1.0])  # card, wallet, invoice, transfer
_METHOD_BY_AGE = np.array(
    [[0.3, 0.5, 0.15, 0.05], [0.45, 0.35, 0.15, 0.05], [0.5, 0.2, 0.2, 0.1], [0.4, 0.1, 0.3, 0.2]]
)
_METHOD_OF_RING = np.array([0.7, 0.05, 0.25, 0.0])
_CARD = 0
_OTHER_DEVICE = 0.15  # share of payments


def write_payments(
    world: World,
    orders: Orders,
    charge_backs: EventQueue,
    day: int,
    writer: TableWriter,
    truth: TruthWriter,
) -> np.ndarray:
    """Write the payments of a day's orders and decide which are charged back; say which."""
    generator, customers, who = world.streams.of("payments", day), world.customers, orders.customer
    wallets, count = customers.wallets, len(orders.customer)
    in_ring = wallets.ring[who] >= 0
    habits = np.where(in_ring[:, None], _METHOD_OF_RING, _METHOD_BY_AGE[customers.age_band[who]])
    method = choose(generator, habits)
    age = (orders.at - customers.joined_at[who]) // DAY
    logit = _BASE + _RING * in_ring + _NEW_ACCOUNT * (age < 30) + _OF_METHOD[method]
    probability = sigmoid(logit + _OF_AMOUNT * np.log(orders.amount / 6000))
    charged_back = happens(generator, probability)
    paid_at = orders.at + SECOND
    span = LATEST_CHARGE_BACK - EARLIEST_CHARGE_BACK
    delay = EARLIEST_CHARGE_BACK + (generator.random(count) * span).astype(np.int64)
    known_at = paid_at + np.where(charged_back, delay, LATEST_CHARGE_BACK)
    device = wallets.device[who, (generator.random(count) < _OTHER_DEVICE).astype(np.int64)]
    card = numbered("c", wallets.card[who])
    key = writer.rows["payments"] + np.arange(count)
    truth.add("payments", key, "charged_back", probability, charged_back)
    lost = world.streams.of("lost payments", day)
    writer.add(
        "payments",
        payment_id=key,
        order_id=orders.key,
        customer_id=who,
        paid_at=instants(paid_at),
        method=words(method, METHODS),
        amount=money(orders.amount),
        device_id=numbered("d", device),
        card_id=pa.array(card.to_pylist(), pa.string(), mask=method != _CARD),
        address_id=numbered("a", wallets.address[who]),
        account_days=age,
        **label_columns(world, "charged_back", charged_back, known_at, lost),
    )
    charge_backs.add(known_at[charged_back], customer=who[charged_back])
    return charged_back
