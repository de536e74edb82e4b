"""Messages to the customer service: why they are written, what they say, when they are answered."""

import numpy as np
import pyarrow as pa

from banian.datasets.marketplace.arrow_columns import instants, words
from banian.datasets.marketplace.clock import DAY, HOUR, MINUTE, start_of
from banian.datasets.marketplace.event_queue import EventQueue
from banian.datasets.marketplace.lines import RETURN_WINDOW
from banian.datasets.marketplace.orders import Orders
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.payments import EARLIEST_CHARGE_BACK
from banian.datasets.marketplace.words import INTENTS, TEXTS
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

SLOW_ANSWER = DAY
_LATE, _RETURN, _DISPUTE, _QUESTION, _PRAISE = range(len(INTENTS))
_WRITES = np.array([0.5, 0.5, 0.6, 0.004, 0.06])
"""Probability that someone writes who has a reason to; for questions, per impression."""
_SENTIMENT = np.array([-0.5, -0.3, -0.8, 0.2, 0.8])
_HOURS_TO_ANSWER = np.array([6.0, 10.0, 14.0, 4.0, 20.0])


def expect_messages(
    world: World,
    orders: Orders,
    returned: np.ndarray,
    charged_back: np.ndarray,
    messages: EventQueue,
    day: int,
) -> None:
    """Let orders lead to messages: because they are late, come back, are disputed, or please."""
    generator, count = world.streams.of("complaints", day), len(orders.key)
    any_returned = np.logical_or.reduceat(returned, orders.first_line)
    soon = (generator.random(count) * 20 * HOUR).astype(np.int64)
    days = (generator.random(count) * RETURN_WINDOW).astype(np.int64)
    causes = (
        (_LATE, orders.is_late, np.minimum(orders.promised_at + soon, orders.delivered_at)),
        (_RETURN, any_returned, orders.delivered_at + days),
        (_DISPUTE, charged_back, orders.at + EARLIEST_CHARGE_BACK + soon),
        (_PRAISE, ~orders.is_late & ~any_returned, orders.delivered_at + soon),
    )
    for intent, has_reason, at in causes:
        writes = np.flatnonzero(has_reason & (generator.random(count) < _WRITES[intent]))
        messages.add(
            at[writes],
            customer=orders.customer[writes],
            order=orders.key[writes],
            product=orders.product[orders.first_line[writes]],
            intent=np.full(len(writes), intent),
        )


def expect_questions(world: World, shown: Shown, messages: EventQueue, day: int) -> None:
    """Let visitors ask about products that they are shown."""
    generator, count = world.streams.of("questions", day), len(shown.at)
    asks = np.flatnonzero(generator.random(count) < _WRITES[_QUESTION])
    messages.add(
        shown.at[asks] + generator.integers(MINUTE, HOUR, len(asks)),
        customer=shown.customer[asks],
        order=np.full(len(asks), -1),
        product=shown.product[asks],
        intent=np.full(len(asks), _QUESTION),
    )


def take_messages(world: World, messages: EventQueue, day: int, writer: TableWriter) -> np.ndarray:
    """Write the messages of a day; say who waited too long for an answer."""
    rows = messages.take(start_of(day + 1))
    if not rows:
        return np.zeros(0, np.int64)
    generator, intent, count = world.streams.of("messages", day), rows["intent"], len(rows["at"])
    wait = _HOURS_TO_ANSWER[intent] * np.exp(generator.normal(0, 0.6, count)) * HOUR
    answered_at = rows["at"] + MINUTE + wait.astype(np.int64)
    sentiment = np.clip(_SENTIMENT[intent] + generator.normal(0, 0.2, count), -1, 1).round(2)
    which = generator.random(count)
    texts = []
    for cause, product, part in zip(
        intent.tolist(), rows["product"].tolist(), which.tolist(), strict=True
    ):
        templates = TEXTS[INTENTS[cause]]
        texts.append(templates[int(part * len(templates))].format(thing=world.nouns[product]))
    writer.add(
        "messages",
        message_id=writer.rows["messages"] + np.arange(count),
        customer_id=rows["customer"],
        order_id=pa.array(rows["order"], mask=rows["order"] < 0),
        sent_at=instants(rows["at"]),
        text=texts,
        intent=words(intent, INTENTS),
        sentiment=sentiment,
        answered_at=instants(answered_at, answered_at >= world.end),
    )
    return rows["customer"][wait > SLOW_ANSWER]
