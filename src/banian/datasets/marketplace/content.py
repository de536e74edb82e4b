"""What titles, descriptions, photos and the words of a query add to the log-odds of what customers do."""

import numpy as np

from banian.datasets.marketplace.lexicon import COLOURS
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.world import World

#       black  white  grey  red  blue  green  yellow  pink
COLOUR_LIKES = np.array(
    [
        [0.2, 0.1, 0.3, -0.1, 0.1, 0.0, -0.3, -0.3],  # bargain
        [-0.5, -0.2, -0.4, 0.5, 0.3, 0.1, 0.5, 0.2],  # family
        [0.5, 0.3, -0.1, 0.1, -0.4, -0.4, -0.4, 0.6],  # stylish
        [-0.1, -0.4, 0.1, 0.1, 0.3, 0.7, 0.0, -0.7],  # handy
        [0.7, 0.2, 0.5, -0.3, 0.2, -0.3, -0.4, -0.6],  # techie
    ]
)
"""Segment × colour, in log-odds of a click at full content."""
#       modern  classic  rustic  playful  minimalist
STYLE_LIKES = np.array(
    [
        [-0.3, 0.5, 0.2, 0.0, -0.4],  # bargain
        [-0.4, -0.1, 0.2, 0.9, -0.5],  # family
        [0.7, 0.1, -0.7, -0.2, 0.4],  # stylish
        [-0.4, 0.3, 0.9, -0.4, -0.4],  # handy
        [0.7, -0.5, -0.7, -0.1, 0.7],  # techie
    ]
)
#       plain  striped  dotted  checked
PATTERN_LIKES = np.array(
    [
        [0.4, 0.0, -0.3, -0.1],  # bargain
        [-0.6, 0.2, 0.8, -0.2],  # family
        [-0.3, 0.8, 0.1, -0.6],  # stylish
        [0.2, -0.4, -0.7, 0.9],  # handy
        [0.8, -0.1, -0.6, -0.2],  # techie
    ]
)
"""Where there is a photo."""
FAVOURITE = 0.9
"""What products of a customer's own favourite colour have ahead of the others."""
CLICK_BASE = -0.3
"""So that the rate of clicks is about the same with and without content."""
GRADE_AT_CLICK = np.array([-1.8, -0.8, 0.0, 1.0])
"""By the grade of a result: how much of the query it meets."""
GRADE_AT_PURCHASE = np.array([-0.8, -0.3, 0.1, 0.6])
CRAFT_AT_PURCHASE = np.array([-0.8, 0.0, 0.8])
CRAFT_AT_KEEPING = np.array([-1.4, 0.0, 1.2])
#       wood  plastic  steel  ceramic  cotton  wool  leather  linen  glass  bamboo
MATERIAL_AT_KEEPING = np.array([0.4, -0.5, 0.5, -0.2, 0.3, -0.4, 0.4, 0.0, -0.7, 0.2])
_LOOKS_AT_PURCHASE = 0.5  # of what they add to a click


def click_of_content(world: World, shown: Shown) -> np.ndarray:
    """Give what looks, and in search the match with the words of the query, add to the log-odds of a click."""
    matches = GRADE_AT_CLICK[shown.grade] * (shown.wish >= 0)
    return world.market.content * (CLICK_BASE + _looks(world, shown) + matches)


def purchase_of_content(world: World, shown: Shown) -> np.ndarray:
    """Give what looks, craft and the match with the query add to the log-odds of a purchase after a click."""
    craft = CRAFT_AT_PURCHASE[world.products.attributes.craft[shown.product]]
    matches = GRADE_AT_PURCHASE[shown.grade] * (shown.wish >= 0)
    looks = _LOOKS_AT_PURCHASE * _looks(world, shown)
    return world.market.content * (looks + craft + matches)


def keeping_of_content(world: World, product: np.ndarray) -> np.ndarray:
    """Give what craft and material add to the log-odds that what was bought is kept."""
    attributes = world.products.attributes
    craft = CRAFT_AT_KEEPING[attributes.craft[product]]
    return world.market.content * (craft + MATERIAL_AT_KEEPING[attributes.material[product]])


def _looks(world: World, shown: Shown) -> np.ndarray:
    customers, attributes, item = world.customers, world.products.attributes, shown.product
    segment, colour = customers.segment[shown.customer], attributes.colour[item]
    liked = COLOUR_LIKES[segment, colour] + STYLE_LIKES[segment, attributes.style[item]]
    is_favourite = customers.favourite[shown.customer] == colour
    liked = liked + FAVOURITE * (is_favourite - 1 / len(COLOURS))
    pattern = PATTERN_LIKES[segment, attributes.pattern[item]]
    return liked + pattern * attributes.has_photo[item]
