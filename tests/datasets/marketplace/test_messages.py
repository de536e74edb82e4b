"""Messages say what they are about, and replies follow the policy."""

import numpy as np
import pytest

from banian.datasets.marketplace.message_texts import PARTS, Matter, body_of, reply_to
from banian.datasets.marketplace.messages import VAGUE_SHARE
from banian.datasets.marketplace.policy_words import ORDER_STATES, POLICY, policy_of
from banian.datasets.marketplace.service_words import (
    BODIES,
    CATEGORY_OF_INTENT,
    INTENTS,
    MESSAGE_CATEGORIES,
)


@pytest.fixture(scope="module")
def served(simulate):
    shop = simulate(customers=400, days=120)
    return shop.messages.merge(shop.truth_messages, on="message_id")


def test_every_intent_has_texts_a_policy_and_a_category():
    assert set(BODIES) == set(POLICY) == set(INTENTS)
    assert len(CATEGORY_OF_INTENT) == len(INTENTS)
    assert set(CATEGORY_OF_INTENT) == set(range(len(MESSAGE_CATEGORIES)))


@pytest.mark.parametrize("language", [0, 1, 2])
@pytest.mark.parametrize("intent", INTENTS)
def test_every_text_and_reply_can_be_written(intent, language):
    matter = Matter(intent, "THING", 12, False, 3, -0.9, language)
    for part in (0.0, 0.5, 0.99):
        body = body_of(matter, [part] * PARTS)
        assert body
        assert "{" not in body
    for state in ORDER_STATES:
        reply = reply_to(matter, state, 0)
        assert reply
        assert "{" not in reply


def test_the_state_of_the_order_decides_the_reply():
    assert policy_of("cancel", "open") != policy_of("cancel", "delivered")
    assert policy_of("where_is_my_order", "overdue") != policy_of("where_is_my_order", "open")


def test_all_intents_categories_and_urgencies_occur(served):
    assert set(served.intent) == set(INTENTS)
    assert set(served.category) == set(MESSAGE_CATEGORIES)
    assert set(served.urgency) == {1, 2, 3}
    assert served.sentiment.between(-1, 1).all()
    assert set(served.language) == {"en", "de", "zh"}


def test_an_order_is_named_only_where_one_is_meant(served):
    assert served.order_id.notna()[served.names_order].all()
    assert 0.3 < served.names_order[served.order_id.notna()].mean() < 0.6
    plain = served[served.names_order & (served.language == "en")]
    said = [f"{int(order)}" in body for order, body in zip(plain.order_id, plain.body, strict=True)]
    assert np.mean(said) > 0.9


def test_some_messages_leave_their_intent_open(served):
    share = served.is_vague.mean()
    assert share == pytest.approx(VAGUE_SHARE, abs=4 * np.sqrt(VAGUE_SHARE / len(served)))
    assert not served.is_vague[served.intent == "out_of_scope"].any()


def test_the_state_is_that_of_the_order_when_the_message_was_sent(served, simulate):
    orders = simulate(customers=400, days=120).orders
    rows = served.merge(orders, on="order_id")
    delivered = rows.order_state == "delivered"
    assert (rows.sent_at >= rows.delivered_at)[delivered].all()
    overdue = rows[rows.order_state == "overdue"]
    assert (overdue.sent_at > overdue.promised_at).all()
    assert (served.order_state == "none").equals(served.order_id.isna())


def test_a_reply_is_there_when_it_was_answered(served):
    assert served.reply.notna().equals(served.answered_at.notna())
    urgent = (served.answered_at - served.sent_at).dt.total_seconds()
    same = served.intent == "where_is_my_order"
    means = urgent[same].groupby(served.urgency[same]).median()
    assert means.iloc[-1] < means.iloc[0]
