"""What the shop shows to its visitors: scenes, products, positions."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.clock import MINUTE, SECOND
from banian.datasets.marketplace.inventory import Inventory
from banian.datasets.marketplace.sampling import choose
from banian.datasets.marketplace.visits import Visits
from banian.datasets.marketplace.wishes import Wishes, draw_wishes, find_results, grade
from banian.datasets.marketplace.words import SCENES
from banian.datasets.marketplace.world import World

_HOME, _SEARCH, _CART, _AD = range(len(SCENES))
_SHARE_OF_VISITS = np.array([0.6, 0.42, 0.22, 0.3])
_SMALLEST_PAGE = np.array([4, 4, 3, 2])
_MORE_ON_PAGE = np.array([2.5, 2.5, 0.5, 0.5])
_TARGETING = np.array([0.7, 1.0, 0.6, 0.2])
"""By scene: how much of a customer's taste the shop knows and uses."""
_FIT_OF_TASTE = 0.2  # relevance per log-odds of taste
_ON_TOPIC = 0.8  # share of search results in the category that was asked for


@final
@dataclass(frozen=True)
class Shown:
    """The impressions of a day, in the order of time."""

    visit: np.ndarray
    """Position among the day's visits."""
    customer: np.ndarray
    product: np.ndarray
    scene: np.ndarray
    position: np.ndarray
    """From 1 on."""
    at: np.ndarray
    taste: np.ndarray
    """What the customer thinks of the product's category, in log-odds of a click."""
    relevance: np.ndarray
    """What the shop thinks, in [0, 1]: how well the text matches the query; outside of search, the taste."""
    wish: np.ndarray
    """The search whose result it is, as its place among the day's wishes; -1 outside of search."""
    grade: np.ndarray
    """How well it meets the query, from 0 to 3; 0 outside of search."""
    wishes: Wishes
    """The day's searches."""


def draw_pages(world: World, inventory: Inventory, visits: Visits, day: int) -> Shown:
    """Draw the pages of every visit and fill them with products."""
    generator = world.streams.of("pages", day)
    share = _SHARE_OF_VISITS * np.where(
        np.arange(len(SCENES)) == _HOME, 1, 1 - 0.98 * world.market.scene_imbalance
    )
    opened = generator.random((len(visits.at), len(SCENES))) < share
    opened[~opened.any(axis=1), _HOME] = True
    page_visit, page_scene = np.nonzero(opened)
    page_at = visits.at[page_visit] + page_scene * 3 * MINUTE
    page_at = page_at + generator.integers(0, MINUTE, len(page_at))
    taste = world.taste(visits.customer, day)
    wanted = choose(generator, np.exp(taste[page_visit] * _TARGETING[_SEARCH]))
    wanted = np.where(page_scene == _SEARCH, wanted, -1)
    searches = np.flatnonzero(page_scene == _SEARCH)
    stream = world.streams.of("wishes", day)
    wishes = draw_wishes(inventory, stream, wanted[searches], day)
    page_wish = np.full(len(page_scene), -1)
    page_wish[searches] = np.arange(len(searches))
    size = _SMALLEST_PAGE[page_scene] + generator.poisson(_MORE_ON_PAGE[page_scene])
    page = np.repeat(np.arange(len(size)), size)

    scene, visit = page_scene[page], page_visit[page]
    category = choose(generator, np.exp(taste[visit] * _TARGETING[scene][:, None]))
    on_topic = (wanted[page] >= 0) & (generator.random(len(page)) < _ON_TOPIC)
    category = np.where(on_topic, wanted[page], category)
    product = inventory.pick(generator, category, day)
    found = np.flatnonzero(on_topic)
    product[found] = find_results(world, inventory, stream, wishes, page_wish[page[found]], day)
    kept = _first_of_each(page, product)
    page, scene, visit = page[kept], scene[kept], visit[kept]
    category, product = category[kept], product[kept]

    liked = taste[visit, category]
    fits = np.where(category == wanted[page], 0.75, 0.3)
    fits = np.where(scene == _SEARCH, fits, 0.5 + _FIT_OF_TASTE * liked)
    wish = page_wish[page]
    grades, results = np.zeros(len(page), np.int64), np.flatnonzero(wish >= 0)
    grades[results] = grade(world, wishes, wish[results], product[results])
    relevance = np.clip(fits + generator.normal(0, 0.12, len(page)), 0, 1).round(2)
    rank = 3 * relevance + 0.5 * world.products.click_appeal[product]
    order = np.lexsort((-(rank + generator.gumbel(0, 1, len(page))), page))
    place = np.empty(len(page), np.int64)
    place[order] = _count_within(page[order])
    at = page_at[page] + place * SECOND
    in_time = np.lexsort((place, page, at))
    return Shown(
        visit=visit[in_time],
        customer=visits.customer[visit[in_time]],
        product=product[in_time],
        scene=scene[in_time],
        position=place[in_time],
        at=at[in_time],
        taste=liked[in_time],
        relevance=relevance[in_time],
        wish=wish[in_time],
        grade=grades[in_time],
        wishes=wishes,
    )


def _first_of_each(page: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Keep each product once on a page, and nothing where no product was found."""
    _, first = np.unique(page * (product.max(initial=0) + 2) + product, return_index=True)
    first.sort()
    return first[product[first] >= 0]


def _count_within(page: np.ndarray) -> np.ndarray:
    """Count from 1 on each page; rows of a page stand together."""
    return np.arange(len(page)) - np.searchsorted(page, page) + 1
