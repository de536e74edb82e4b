"""The tables of what was shown: impressions and searches."""

import numpy as np
import pyarrow as pa

from banian.datasets.marketplace.arrow_columns import instants, money, numbered, words
from banian.datasets.marketplace.choices import CLICK_WINDOW, PURCHASE_WINDOW, Choices
from banian.datasets.marketplace.clock import SECOND
from banian.datasets.marketplace.labels import label_columns
from banian.datasets.marketplace.offer import Offer
from banian.datasets.marketplace.pages import Shown
from banian.datasets.marketplace.queries import write_queries
from banian.datasets.marketplace.truth_writer import TruthWriter
from banian.datasets.marketplace.visits import Visits
from banian.datasets.marketplace.wishes import SEARCH_INTENTS
from banian.datasets.marketplace.words import DEVICES, SCENES
from banian.datasets.marketplace.world import World
from banian.datasets.marketplace.writer import TableWriter


def write_impressions(
    world: World,
    visits: Visits,
    shown: Shown,
    offer: Offer,
    chosen: Choices,
    day: int,
    writer: TableWriter,
    truth: TruthWriter,
) -> None:
    """Write the impressions of a day, and the true probabilities of what became of them."""
    generator = world.streams.of("lost impressions", day)
    key = writer.rows["impressions"] + np.arange(len(shown.at))
    outcomes = {
        "clicked": (chosen.clicked, chosen.clicked_at, CLICK_WINDOW),
        "carted": (chosen.carted, chosen.carted_at, PURCHASE_WINDOW),
        "bought": (chosen.bought, chosen.ordered_at, PURCHASE_WINDOW),
    }
    labels: dict[str, pa.Array] = {}
    for name, (value, at, window) in outcomes.items():
        known_at = np.where(value, at, shown.at + window)
        labels |= label_columns(world, name, value, known_at, generator)
    writer.add(
        "impressions",
        impression_id=key,
        customer_id=shown.customer,
        product_id=shown.product,
        session_id=numbered("v", visits.session[shown.visit]),
        scene=words(shown.scene, SCENES),
        shown_at=instants(shown.at),
        position=shown.position,
        device=words(world.customers.device[shown.customer], DEVICES),
        price=money(offer.price),
        discount=offer.discount,
        price_index=offer.price_index,
        relevance=shown.relevance,
        delivery_days=offer.delivery_days,
        is_low_stock=offer.is_low_stock,
        **labels,
    )
    click, scene = np.flatnonzero(chosen.clicked), shown.scene
    truth.add(
        "impressions",
        key,
        "clicked",
        chosen.click_probability,
        chosen.clicked,
        scene=scene,
        content=chosen.click_content,
    )
    content = chosen.purchase_content[click]
    for label, probability, value in (
        ("carted", chosen.cart_probability, chosen.carted),
        ("bought", chosen.purchase_probability, chosen.bought),
    ):
        truth.add(
            "impressions",
            key[click],
            label,
            probability[click],
            value[click],
            given="clicked",
            scene=scene[click],
            content=content,
        )


def write_searches(
    world: World, visits: Visits, shown: Shown, chosen: Choices, day: int, writer: TableWriter
) -> None:
    """Write the searches of a day: one for every page of results."""
    generator = world.streams.of("searches", day)
    found = np.flatnonzero(shown.wish >= 0)
    wish, first, at = np.unique(shown.wish[found], return_index=True, return_inverse=True)
    first = found[first]
    order = np.argsort(shown.at[first], kind="stable")
    wish, first = wish[order], first[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    at = rank[at]
    count = len(wish)
    clicks = np.bincount(at, weights=chosen.clicked[found], minlength=count).astype(np.int64)
    known_at = shown.at[first] + CLICK_WINDOW
    absent = known_at >= world.end
    writer.add(
        "searches",
        search_id=writer.rows["searches"] + np.arange(count),
        customer_id=shown.customer[first],
        session_id=numbered("v", visits.session[shown.visit[first]]),
        searched_at=instants(shown.at[first] - SECOND),
        scene=words(shown.scene[first], SCENES),
        query=write_queries(world, generator, shown.wishes, wish, shown.customer[first]),
        intent=words(shown.wishes.intent[wish], SEARCH_INTENTS),
        shown=np.bincount(at, minlength=count),
        clicks=pa.array(clicks, mask=absent),
        clicks_known_at=instants(known_at, absent),
    )
