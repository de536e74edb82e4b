"""Campaigns: customers are told at random, or not, and come back, or not."""

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, money, words
from banian.datasets.marketplace.clock import DAY, HOUR, draw_moments, start_of
from banian.datasets.marketplace.event_queue import EventQueue
from banian.datasets.marketplace.labels import label_columns
from banian.datasets.marketplace.loyalty import Loyalty
from banian.datasets.marketplace.sampling import happens, sigmoid
from banian.datasets.marketplace.truth_writer import TruthWriter
from banian.datasets.marketplace.words import ARMS
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter

FIRST_DAY = 10
EVERY_DAYS = 30
RESPONSE_WINDOW = 7 * DAY
VOUCHER = 500
"""In cents."""
_ASKED = 0.5  # share of customers in a campaign
_CONTROL = -2.2
REMINDER_BY_SEGMENT = np.array([0.5, 0.9, 0.3, 0.1, -0.4])  # some are annoyed
VOUCHER_BY_SEGMENT = np.array([1.6, 1.2, 0.2, 0.6, 0.1])
_NEWSLETTER = 0.4


def response_logits(world: World) -> np.ndarray:
    """Give the log-odds that a customer who has not left responds, [customer, arm]."""
    customers = world.customers
    control = _CONTROL + 0.7 * np.log(customers.activity + 0.1)
    reminder = REMINDER_BY_SEGMENT[customers.segment] + _NEWSLETTER * customers.newsletter
    voucher = VOUCHER_BY_SEGMENT[customers.segment] + _NEWSLETTER * customers.newsletter
    return np.stack([control, control + reminder, control + voucher], axis=1)


def run_campaign(
    world: World,
    loyalty: Loyalty,
    responses: EventQueue,
    day: int,
    writer: TableWriter,
    truth: TruthWriter,
) -> None:
    """Start a campaign if one is due: draw who is asked, the arms, the responses of the week to come."""
    if day < FIRST_DAY or (day - FIRST_DAY) % EVERY_DAYS:
        return
    generator, campaign = world.streams.of("campaign", day), writer.rows["campaigns"]
    joined = np.flatnonzero(world.customers.joined_at <= start_of(day))
    who = joined[generator.random(len(joined)) < _ASKED]
    arm = generator.integers(0, len(ARMS), len(who))
    stays = loyalty.is_active(day)[who]
    chance = sigmoid(response_logits(world)[who]) * stays[:, None]
    probability = chance[np.arange(len(who)), arm]
    responded = happens(generator, probability)
    assigned_at = start_of(day) + 8 * HOUR
    wait = generator.integers(1, 7, len(who)) * DAY + draw_moments(generator, len(who))
    at = np.where(responded, start_of(day) + wait, assigned_at + RESPONSE_WINDOW)
    key = writer.rows["assignments"] + np.arange(len(who))
    truth.add("assignments", key, "responded", probability, responded)
    writer.add(
        "campaigns",
        campaign_id=np.array([campaign]),
        name=[f"Campaign {campaign + 1}"],
        starts_at=instants(np.array([assigned_at])),
        ends_at=instants(np.array([assigned_at + RESPONSE_WINDOW])),
        voucher=money(np.array([VOUCHER])),
    )
    lost = world.streams.of("lost assignments", day)
    writer.add(
        "assignments",
        assignment_id=key,
        campaign_id=np.full(len(who), campaign),
        customer_id=who,
        assigned_at=instants(np.full(len(who), assigned_at)),
        arm=words(arm, ARMS),
        **label_columns(world, "responded", responded, at, lost),
    )
    writer.add(
        "truth_uplift",
        campaign_id=np.full(len(who), campaign),
        customer_id=who,
        arm=words(arm, ARMS),
        **{name: chance[:, at] for at, name in enumerate(ARMS)},
    )
    responses.add(at[responded], customer=who[responded])
