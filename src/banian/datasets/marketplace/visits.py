"""Who comes to the shop on a day, and when."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.clock import draw_moments, start_of
from banian.datasets.marketplace.loyalty import Loyalty
from banian.datasets.marketplace.tastes import season_of_visits
from banian.datasets.marketplace.world import World


@final
@dataclass(frozen=True)
class Visits:
    """The visits of a day, in the order of time."""

    customer: np.ndarray
    at: np.ndarray
    session: np.ndarray
    """A number of its own for every visit, also across days."""


def draw_visits(
    world: World,
    loyalty: Loyalty,
    day: int,
    responses: dict[str, np.ndarray],
    first_session: int,
) -> Visits:
    """Draw the visits of a day: those of habit, and the responses to campaigns."""
    generator = world.streams.of("visits", day)
    rate = loyalty.visit_rate(day) * season_of_visits(world.market, day)
    times = generator.poisson(rate)
    customer = np.repeat(np.arange(len(times)), times)
    at = start_of(day) + draw_moments(generator, len(customer))
    if responses:
        customer = np.concatenate([customer, responses["customer"]])
        at = np.concatenate([at, responses["at"]])
    order = np.argsort(at, kind="stable")
    return Visits(customer[order], at[order], first_session + np.arange(len(order)))
