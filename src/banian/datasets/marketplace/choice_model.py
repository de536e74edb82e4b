"""The log-odds of a click, and of a purchase after it, but for what `content.py` adds: docs/simulator.md."""

import numpy as np

from banian.datasets.marketplace.clock import DAY, HOUR
from banian.datasets.marketplace.loyalty import Loyalty
from banian.datasets.marketplace.offer import Offer
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.tastes import TIER_LIKES
from banian.datasets.marketplace.world import World

# By scene: home, search, cart, ad.
CLICK_BASE = np.array([-1.5, -1.8, -1.1, -2.5])
PURCHASE_BASE = np.array([-4.4, -3.5, -2.1, -4.9])
POSITION_EFFECT = np.array([1.0, 1.5, 0.5, 0.5])
"""Position bias, relative to the market's."""
TASTE_EFFECT = np.array([1.0, 0.7, 0.6, 1.3])
PRICE_EFFECT = np.array([1.0, 1.2, 0.7, 1.1])
"""Price elasticity, relative to the market's."""

_SEARCH = 1
_RELEVANCE = 4.0  # log-odds of a click on a result between no and full relevance
PRICE_AT_CLICK = 0.35  # of the elasticity acts before the click
_CLICK_OF_DISCOUNT = 2.5
_PURCHASE_OF_DISCOUNT = 5.0
_CLICK_OF_DEVICE = np.array([0.1, -0.3, 0.2])  # phone, desktop, app
_PURCHASE_OF_DEVICE = np.array([-1.0, 0.8, 0.2])
_CLICK_IN_EVENING = 0.25
_PURCHASE_OF_DELIVERY_DAY = -0.7
_PURCHASE_OF_LOW_STOCK = 0.5
_PURCHASE_OF_ORDERS = 0.35  # per log(1 + orders so far)
_PURCHASE_OF_TASTE = 0.8
_PURCHASE_OF_FRAUD = 1.2
_AVERAGE_DELIVERY = 4


def click_logit(world: World, shown: Shown, offer: Offer) -> np.ndarray:
    """Give the log-odds that an impression is clicked."""
    market, customers, products = world.market, world.customers, world.products
    who, item, scene = shown.customer, shown.product, shown.scene
    hour = shown.at % DAY // HOUR
    logit = CLICK_BASE[scene] + TASTE_EFFECT[scene] * shown.taste
    logit -= market.position_bias * POSITION_EFFECT[scene] * np.log(shown.position)
    logit -= PRICE_AT_CLICK * _elasticity(world, shown) * np.log(offer.price_index)
    logit += _CLICK_OF_DISCOUNT * offer.discount / 100
    logit += products.click_appeal[item] + world.merchants.click_appeal[products.merchant[item]]
    logit += _RELEVANCE * (shown.relevance - 0.6) * (scene == _SEARCH)
    logit += _CLICK_OF_DEVICE[customers.device[who]] + customers.click_lean[who]
    return logit + _CLICK_IN_EVENING * (hour >= 18)


def purchase_logit(world: World, shown: Shown, offer: Offer, loyalty: Loyalty) -> np.ndarray:
    """Give the log-odds that an impression, once clicked, leads to a purchase."""
    customers, products = world.customers, world.products
    who, item, scene = shown.customer, shown.product, shown.scene
    merchant = products.merchant[item]
    logit = PURCHASE_BASE[scene] + _PURCHASE_OF_TASTE * shown.taste
    logit += TIER_LIKES[customers.segment[who], products.tier[item]]
    logit -= _elasticity(world, shown) * np.log(offer.price_index)
    logit += _PURCHASE_OF_DISCOUNT * offer.discount / 100
    logit += _PURCHASE_OF_DELIVERY_DAY * (offer.delivery_days - _AVERAGE_DELIVERY)
    logit += _PURCHASE_OF_LOW_STOCK * offer.is_low_stock
    logit += products.purchase_appeal[item] + world.merchants.purchase_appeal[merchant]
    logit += _PURCHASE_OF_ORDERS * np.log1p(np.minimum(loyalty.orders[who], 20))
    logit += _PURCHASE_OF_DEVICE[customers.device[who]] + customers.purchase_lean[who]
    return logit + _PURCHASE_OF_FRAUD * (customers.wallets.ring[who] >= 0)


def _elasticity(world: World, shown: Shown) -> np.ndarray:
    """Give the elasticity of a purchase after this impression."""
    by_customer = world.customers.price_sensitivity[shown.customer]
    by_merchant = world.merchants.elasticity[world.products.merchant[shown.product]]
    return world.market.price_elasticity * PRICE_EFFECT[shown.scene] * by_customer * by_merchant
