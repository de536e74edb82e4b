"""What visitors do with what they are shown: click, put into the cart, buy."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.choice_model import click_logit, purchase_logit
from banian.datasets.marketplace.clock import DAY, HOUR, MINUTE, SECOND
from banian.datasets.marketplace.content import click_of_content, purchase_of_content
from banian.datasets.marketplace.loyalty import Loyalty
from banian.datasets.marketplace.offer import Offer
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.sampling import happens, sigmoid
from banian.datasets.marketplace.world import World

CLICK_WINDOW = 30 * MINUTE
PURCHASE_WINDOW = DAY
_ORDERS_AT_ONCE = 0.75  # the other visits that buy do so within 22 hours
_TO_CART = 0.18  # probability that what is clicked and not bought lands in the cart all the same


@final
@dataclass(frozen=True)
class Choices:
    """One value per impression."""

    click_probability: np.ndarray
    purchase_probability: np.ndarray
    """Given a click."""
    cart_probability: np.ndarray
    """Given a click; whoever buys has put it into the cart."""
    click_content: np.ndarray
    """What words and photos add to the log-odds of a click."""
    purchase_content: np.ndarray
    """The same for the purchase after a click."""
    clicked: np.ndarray
    carted: np.ndarray
    bought: np.ndarray
    clicked_at: np.ndarray
    carted_at: np.ndarray
    ordered_at: np.ndarray
    """One time for all that a visit buys."""
    quantity: np.ndarray


def draw_choices(world: World, loyalty: Loyalty, shown: Shown, offer: Offer, day: int) -> Choices:
    """Draw clicks, carts and purchases from their probabilities, and when they happen."""
    generator, count = world.streams.of("choices", day), len(shown.at)
    click_content = click_of_content(world, shown)
    purchase_content = purchase_of_content(world, shown)
    click = sigmoid(click_logit(world, shown, offer) + click_content)
    purchase = sigmoid(purchase_logit(world, shown, offer, loyalty) + purchase_content)
    cart = purchase + (1 - purchase) * _TO_CART
    clicked = happens(generator, click)
    bought = clicked & happens(generator, purchase)
    carted = bought | (clicked & (generator.random(count) < _TO_CART))
    clicked_at = shown.at + _wait(generator, count, 20 * SECOND, CLICK_WINDOW)
    carted_at = clicked_at + _wait(generator, count, MINUTE, CLICK_WINDOW)
    return Choices(
        click_probability=click,
        purchase_probability=purchase,
        cart_probability=cart,
        click_content=click_content,
        purchase_content=purchase_content,
        clicked=clicked,
        carted=carted,
        bought=bought,
        clicked_at=clicked_at,
        carted_at=carted_at,
        ordered_at=_ordered_at(generator, shown.visit, carted_at, bought),
        quantity=1 + generator.poisson(0.25, count),
    )


def _wait(generator: np.random.Generator, count: int, mean: int, most: int) -> np.ndarray:
    return np.minimum(1 + generator.exponential(mean, count).astype(np.int64), most)


def _ordered_at(
    generator: np.random.Generator, visit: np.ndarray, carted_at: np.ndarray, bought: np.ndarray
) -> np.ndarray:
    """Give every visit one time to order: after the last thing it buys has gone into the cart."""
    visits = int(visit.max(initial=-1)) + 1
    last = np.zeros(visits, np.int64)
    np.maximum.at(last, visit[bought], carted_at[bought])
    at_once = _wait(generator, visits, 5 * MINUTE, HOUR)
    later = HOUR + (generator.random(visits) * 21 * HOUR).astype(np.int64)
    delay = np.where(generator.random(visits) < _ORDERS_AT_ONCE, at_once, later)
    return (last + delay)[visit]
