"""What a search is after: its intent, which attributes the query names, and how well a product meets them."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.inventory import Inventory
from banian.datasets.marketplace.sampling import choose
from banian.datasets.marketplace.world import World

SEARCH_INTENTS = ("browse", "exact", "attribute", "gift")
_BROWSE, _EXACT, _ATTRIBUTE, _GIFT = range(len(SEARCH_INTENTS))
_SHARE_OF_INTENT = np.array([0.3, 0.2, 0.38, 0.12])
NAMEABLE = ("kind", "brand", "colour", "material", "style")
_NAMES = np.array(
    [
        [0.65, 0.0, 0.0, 0.0, 0.0],  # browse
        [1.0, 1.0, 0.4, 0.1, 0.0],  # exact
        [1.0, 0.0, 0.6, 0.4, 0.3],  # attribute
        [0.3, 0.0, 0.25, 0.0, 0.75],  # gift
    ]
)
"""Intent × nameable → probability that a query names it."""
_CANDIDATES = 3
_WELL_FOUND = 0.6  # share of results where the shop's search takes the best of the candidates
_TARGET_SHOWN = np.array([0.0, 0.75, 0.4, 0.2])
"""By intent: probability that the product that the query describes is on the page."""


@final
@dataclass(frozen=True)
class Wishes:
    """One value per search of a day."""

    category: np.ndarray
    intent: np.ndarray
    target: np.ndarray
    """The product that the query describes; -1 where it names nothing but the category."""
    names: np.ndarray
    """Which of `NAMEABLE` the query names, [search, nameable]."""
    is_target_shown: np.ndarray


def draw_wishes(
    inventory: Inventory,
    generator: np.random.Generator,
    category: np.ndarray,
    day: int,
) -> Wishes:
    """Draw what searches for a category are after: a product on offer lends its attributes to the query."""
    count = len(category)
    target = inventory.pick(generator, category, day)
    intent = choose(generator, np.tile(_SHARE_OF_INTENT, (count, 1)))
    intent = np.where(target >= 0, intent, _BROWSE)
    names = generator.random((count, len(NAMEABLE))) < _NAMES[intent]
    looks = (2, 3, 4)
    unsaid = (intent == _ATTRIBUTE) & ~names[:, looks].any(axis=1)
    names[unsaid, generator.choice(looks, int(unsaid.sum()))] = True
    names &= (target >= 0)[:, None]
    is_target_shown = generator.random(count) < _TARGET_SHOWN[intent]
    return Wishes(category, intent, target, names, is_target_shown & (target >= 0))


def grade(world: World, wishes: Wishes, search: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Grade products as results of searches by what they are.

    0: of another category, or no product; 1: of another kind; 2: of the kind, but not all that was named; 3: all of it.
    """
    attributes, target, names = world.products.attributes, wishes.target[search], wishes.names
    in_category = (world.products.category[product] == wishes.category[search]) & (product >= 0)
    is_kind, has_all = np.ones(len(search), bool), np.ones(len(search), bool)
    for at, values in enumerate(
        (
            attributes.kind,
            world.products.brand_number,
            attributes.colour,
            attributes.material,
            attributes.style,
        )
    ):
        agrees = ~names[search, at] | (values[product] == values[target])
        if at == 0:
            is_kind = agrees
        has_all &= agrees
    return in_category * (1 + is_kind.astype(np.int64) + (is_kind & has_all))


def find_results(
    world: World,
    inventory: Inventory,
    generator: np.random.Generator,
    wishes: Wishes,
    search: np.ndarray,
    day: int,
) -> np.ndarray:
    """Find a product for each place of a page of results, `search` saying whose; -1 where none is offered.

    The shop's search looks at some products of the category and often takes the one that meets the query best.
    """
    category = wishes.category[search]
    drawn = [inventory.pick(generator, category, day) for _ in range(_CANDIDATES)]
    grades = np.stack([grade(world, wishes, search, product) for product in drawn])
    best = np.argmax(grades, axis=0) * (generator.random(len(search)) < _WELL_FOUND)
    found = np.stack(drawn)[best, np.arange(len(search))]
    first = np.flatnonzero(np.diff(search, prepend=-1))
    first = first[wishes.is_target_shown[search[first]]]
    found[first] = wishes.target[search[first]]
    return found
