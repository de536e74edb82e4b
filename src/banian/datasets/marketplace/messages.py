"""Messages to the customer service: why they are written, what is known of them, when they are answered."""

import numpy as np
import pyarrow as pa

from banian.datasets.marketplace.arrow_columns import instants, words
from banian.datasets.marketplace.clock import DAY, HOUR, MINUTE, start_of
from banian.datasets.marketplace.event_queue import EventQueue
from banian.datasets.marketplace.lexicon import COLOUR_WORDS, LANGUAGES, NOUN_WORDS, say
from banian.datasets.marketplace.lines import RETURN_WINDOW
from banian.datasets.marketplace.message_texts import PARTS, Matter, body_of, reply_to
from banian.datasets.marketplace.orders import Orders
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.payments import EARLIEST_CHARGE_BACK
from banian.datasets.marketplace.policy_words import ORDER_STATES
from banian.datasets.marketplace.queries import language_of_customers
from banian.datasets.marketplace.service_words import (
    CATEGORY_OF_INTENT,
    INTENTS,
    MESSAGE_CATEGORIES,
)
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

SLOW_ANSWER = DAY
VAGUE_SHARE = 0.07
"""Share of messages that leave open what they want."""
_LATE, _RETURN, _DISPUTE, _QUESTION, _PRAISE, _DAMAGED, _REFUND, _CANCEL, _ADDRESS, _OTHER = range(
    len(INTENTS)
)
_WRITES = np.array([0.5, 0.4, 0.6, 0.004, 0.06, 0.25, 0.25, 0.03, 0.03, 0.001])
"""Probability that someone writes who has a reason to; for questions and what is none of ours, per impression."""
_DAMAGED_OF_SHODDY = 3.0
"""How much more often what comes back is damaged if it is poorly made."""
_SENTIMENT = np.array([-0.4, -0.2, -0.8, 0.2, 0.8, -0.6, -0.3, 0.0, 0.1, 0.1])
_SENTIMENT_OF_OVERDUE = -0.2
_URGENCY = np.array([0.6, -0.2, 1.4, -0.3, -1.2, 0.8, 0.2, 1.0, 0.9, -0.8])
_URGENCY_OF_OVERDUE = 0.6
_URGENT_FROM = np.array([0.0, 1.0])
_NAMES_ORDER = 0.45
_COLOUR_SAID = 0.3
_HOURS_TO_ANSWER = np.array([6.0, 10.0, 14.0, 4.0, 20.0, 8.0, 10.0, 3.0, 3.0, 12.0])
_HURRY = 0.7
"""Factor on the time to an answer for each step of urgency."""


def expect_messages(
    world: World,
    orders: Orders,
    returned: np.ndarray,
    charged_back: np.ndarray,
    messages: EventQueue,
    day: int,
) -> None:
    """Let orders lead to messages: because they are late, come back, are disputed, please, or were a mistake."""
    generator, count = world.streams.of("complaints", day), len(orders.key)
    any_returned = np.logical_or.reduceat(returned, orders.first_line)
    shoddy = world.products.attributes.craft[orders.product] == 0
    any_shoddy = np.logical_or.reduceat(returned & shoddy, orders.first_line)
    soon = (generator.random(count) * 20 * HOUR).astype(np.int64)
    days = (generator.random(count) * RETURN_WINDOW).astype(np.int64)
    always = np.ones(count, bool)
    causes = (
        (_LATE, orders.is_late, np.minimum(orders.promised_at + soon, orders.delivered_at)),
        (_RETURN, any_returned, orders.delivered_at + days),
        (_DISPUTE, charged_back, orders.at + EARLIEST_CHARGE_BACK + soon),
        (_PRAISE, ~orders.is_late & ~any_returned, orders.delivered_at + soon),
        (_DAMAGED, any_returned, orders.delivered_at + soon),
        (_REFUND, any_returned, orders.delivered_at + days + 5 * DAY),
        (_CANCEL, always, orders.at + MINUTE + soon // 2),
        (_ADDRESS, always, orders.at + MINUTE + soon // 2),
    )
    for intent, has_reason, at in causes:
        chance = np.full(count, _WRITES[intent])
        if intent == _DAMAGED:
            chance = np.where(any_shoddy, _DAMAGED_OF_SHODDY, 1) * chance
        writes = np.flatnonzero(has_reason & (generator.random(count) < chance))
        messages.add(
            at[writes],
            customer=orders.customer[writes],
            order=orders.key[writes],
            product=orders.product[orders.first_line[writes]],
            intent=np.full(len(writes), intent),
            promised_at=orders.promised_at[writes],
            delivered_at=orders.delivered_at[writes],
        )


def expect_questions(world: World, shown: Shown, messages: EventQueue, day: int) -> None:
    """Let visitors ask about products that they are shown, or about what is none of the shop's business."""
    generator, count = world.streams.of("questions", day), len(shown.at)
    for intent in (_QUESTION, _OTHER):
        asks = np.flatnonzero(generator.random(count) < _WRITES[intent])
        at = shown.at[asks] + generator.integers(MINUTE, HOUR, len(asks))
        messages.add(
            at,
            customer=shown.customer[asks],
            order=np.full(len(asks), -1),
            product=shown.product[asks],
            intent=np.full(len(asks), intent),
            promised_at=at,
            delivered_at=at,
        )


def take_messages(world: World, messages: EventQueue, day: int, writer: TableWriter) -> np.ndarray:
    """Write the messages of a day and their replies; say who waited too long for an answer."""
    rows = messages.take(start_of(day + 1))
    if not rows:
        return np.zeros(0, np.int64)
    generator, intent, count = world.streams.of("messages", day), rows["intent"], len(rows["at"])
    state = _order_states(rows)
    overdue = state == ORDER_STATES.index("overdue")
    haste = _URGENCY[intent] + _URGENCY_OF_OVERDUE * overdue + generator.normal(0, 0.5, count)
    urgency = 1 + np.searchsorted(_URGENT_FROM, haste, side="right")
    hours = _HOURS_TO_ANSWER[intent] * _HURRY ** (urgency - 2)
    wait = hours * np.exp(generator.normal(0, 0.6, count)) * HOUR
    answered_at = rows["at"] + MINUTE + wait.astype(np.int64)
    mood = _SENTIMENT[intent] + _SENTIMENT_OF_OVERDUE * overdue + generator.normal(0, 0.2, count)
    sentiment = np.clip(mood, -1, 1).round(2)
    language = language_of_customers(world, generator, rows["customer"])
    is_vague = (generator.random(count) < VAGUE_SHARE) & (intent != _OTHER)
    names_order = (generator.random(count) < _NAMES_ORDER) & (rows["order"] >= 0)
    matters = [
        Matter(
            INTENTS[intent[at]],
            _thing(world, int(rows["product"][at]), int(language[at]), part),
            int(rows["order"][at]) if names_order[at] else -1,
            bool(is_vague[at]),
            int(urgency[at]),
            float(sentiment[at]),
            int(language[at]),
        )
        for at, part in enumerate(generator.random(count).tolist())
    ]
    parts = generator.random((count, PARTS)).tolist()
    unanswered = answered_at >= world.end
    replies = [
        reply_to(matter, ORDER_STATES[state[at]], int(rows["promised_at"][at]))
        for at, matter in enumerate(matters)
    ]
    key = writer.rows["messages"] + np.arange(count)
    writer.add(
        "messages",
        message_id=key,
        customer_id=rows["customer"],
        order_id=pa.array(rows["order"], mask=rows["order"] < 0),
        sent_at=instants(rows["at"]),
        body=[body_of(matter, drawn) for matter, drawn in zip(matters, parts, strict=True)],
        intent=words(intent, INTENTS),
        category=words(np.array(CATEGORY_OF_INTENT)[intent], MESSAGE_CATEGORIES),
        urgency=urgency,
        sentiment=sentiment,
        reply=pa.array(replies, pa.string(), mask=unanswered),
        answered_at=instants(answered_at, unanswered),
    )
    writer.add(
        "truth_messages",
        message_id=key,
        language=words(language, LANGUAGES),
        is_vague=is_vague,
        names_order=names_order,
        order_state=words(state, ORDER_STATES),
    )
    return rows["customer"][wait > SLOW_ANSWER]


def _order_states(rows: dict[str, np.ndarray]) -> np.ndarray:
    """Say where the order that is meant is when the message is sent, as places in `ORDER_STATES`."""
    none, on_way, overdue, delivered = range(len(ORDER_STATES))
    under_way = np.where(rows["at"] > rows["promised_at"], overdue, on_way)
    state = np.where(rows["at"] >= rows["delivered_at"], delivered, under_way)
    return np.where(rows["order"] < 0, none, state)


def _thing(world: World, product: int, language: int, part: float) -> str:
    """Name a product as its owner would, at times with its colour."""
    attributes = world.products.attributes
    noun = say(NOUN_WORDS[language], int(attributes.kind[product]), part)
    if part >= _COLOUR_SAID:
        return noun
    colour = COLOUR_WORDS[language][attributes.colour[product]][0]
    return f"{colour}{noun}" if language == LANGUAGES.index("zh") else f"{colour} {noun}"
