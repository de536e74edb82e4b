"""The products: what is known of them, and how good they are."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.arrow_columns import instants, money, words
from banian.datasets.marketplace.attributes import Attributes, draw_attributes, named, price_factor
from banian.datasets.marketplace.clock import DAY, START
from banian.datasets.marketplace.market import Market
from banian.datasets.marketplace.photos import draw_photos
from banian.datasets.marketplace.product_texts import write_texts
from banian.datasets.marketplace.random_streams import RandomStreams
from banian.datasets.marketplace.words import BRANDS, CATEGORIES, TIERS
from banian.datasets.marketplace.writer import TableWriter

REFERENCE_PRICE = np.array([14, 25, 40, 55, 45, 80, 180, 22])
"""Typical price of each category."""
_TIER_PRICE = np.array([0.65, 1.0, 1.6])
_OLD_SHARE = 0.85


@final
@dataclass(frozen=True)
class Products:
    """One value per product."""

    merchant: np.ndarray
    category: np.ndarray
    brand: np.ndarray
    """Position among the brands of the tier."""
    tier: np.ndarray
    list_price: np.ndarray
    """In cents."""
    editor_score: np.ndarray
    launched_at: np.ndarray
    extra_days: np.ndarray
    """Days that a delivery takes beyond the merchant's best."""
    popularity: np.ndarray
    """How often the shop shows it, relative to others of the category."""
    quality: np.ndarray
    """The one quality behind clicks, purchases, kept orders and loyalty; standard normal."""
    bait: np.ndarray
    """Click-bait, standard normal."""
    click_appeal: np.ndarray
    """Log-odds of a click that quality, appeal of its own and bait add."""
    purchase_appeal: np.ndarray
    keep_appeal: np.ndarray
    """The same for keeping what was bought."""
    attributes: Attributes
    """What only words and photos tell."""

    @property
    def brand_number(self) -> np.ndarray:
        """Place of each product's brand in `brand_names()`."""
        sizes = np.array([len(names) for names in BRANDS])
        return (np.cumsum(sizes) - sizes)[self.tier] + self.brand


def draw_products(market: Market, streams: RandomStreams) -> Products:
    """Draw all products that are ever launched; `help` and `conflict` tie their appeals together."""
    generator, count = streams.of("products"), market.products
    tier = generator.choice(len(TIERS), count, p=[0.35, 0.4, 0.25])
    category = generator.permutation(np.arange(count) % len(CATEGORIES))
    quality = 0.55 * (tier - 0.9) / 0.77 + np.sqrt(1 - 0.55**2) * generator.normal(0, 1, count)
    bait = generator.normal(0, 1, count)
    own = generator.normal(0, 1, (3, count))
    shared, apart = np.sqrt(market.help), np.sqrt(1 - market.help)
    price = REFERENCE_PRICE[category] * _TIER_PRICE[tier]
    old = generator.random(count) < _OLD_SHARE
    since = np.where(
        old,
        -generator.integers(DAY, 700 * DAY, count),
        (generator.random(count) * 0.9 * market.days * DAY).astype(np.int64),
    )
    attributes = draw_attributes(market, streams, category)
    price = price * price_factor(market, attributes)
    return Products(
        merchant=generator.integers(0, market.merchants, count),
        category=category,
        brand=generator.integers(0, np.array([len(names) for names in BRANDS])[tier]),
        tier=tier,
        list_price=np.round(100 * price * np.exp(generator.normal(0, 0.3, count))).astype(np.int64),
        editor_score=np.round(3.5 + 0.6 * quality + generator.normal(0, 0.15, count), 1),
        launched_at=START + since,
        extra_days=generator.integers(0, 4, count),
        popularity=np.exp(generator.normal(0, 0.7, count)),
        quality=quality,
        bait=bait,
        click_appeal=0.55 * (shared * quality + apart * own[0]) + 0.8 * market.conflict * bait,
        purchase_appeal=0.6 * (shared * quality + apart * own[1]) - 1.2 * market.conflict * bait,
        keep_appeal=0.8 * (shared * quality + apart * own[2]) - 0.6 * market.conflict * bait,
        attributes=attributes,
    )


def brand_names() -> list[str]:
    """List all brands, those of the cheapest tier first."""
    return [name for names in BRANDS for name in names]


def write_products(streams: RandomStreams, products: Products, writer: TableWriter) -> None:
    """Write what the shop knows of its products, and what only the world knows."""
    names, attributes = brand_names(), products.attributes
    brands = [names[at] for at in products.brand_number]
    titles, descriptions = write_texts(
        streams.of("product texts"), attributes, brands, products.bait
    )
    count = len(brands)
    writer.add(
        "products",
        product_id=np.arange(count),
        merchant_id=products.merchant,
        title=titles,
        description=descriptions,
        category=words(products.category, CATEGORIES),
        brand=brands,
        tier=words(products.tier, TIERS),
        list_price=money(products.list_price),
        editor_score=products.editor_score,
        launched_at=instants(products.launched_at),
        photo=draw_photos(streams.of("photos"), attributes, attributes.has_photo),
    )
    writer.add(
        "truth_products",
        product_id=np.arange(count),
        quality=products.quality,
        bait=products.bait,
        click_appeal=products.click_appeal,
        purchase_appeal=products.purchase_appeal,
        popularity=products.popularity,
        **{name: words(codes, of) for name, (codes, of) in named(attributes).items()},
    )
