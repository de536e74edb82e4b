"""What a product looks like and how it is made: told by no column, only by words and photos."""

from dataclasses import dataclass
from typing import final

import numpy as np

from banian.datasets.marketplace.lexicon import (
    COLOURS,
    CRAFTS,
    LANGUAGES,
    MATERIALS,
    PATTERNS,
    STYLES,
)
from banian.datasets.marketplace.market import Market
from banian.datasets.marketplace.random_streams import RandomStreams
from banian.datasets.marketplace.sampling import choose

KINDS_OF_CATEGORY = 4
_SHARE_OF_LANGUAGE = np.array([0.76, 0.15, 0.09])
_SHARE_OF_PATTERN = np.array([0.4, 0.2, 0.2, 0.2])
_SHARE_OF_CRAFT = np.array([0.25, 0.5, 0.25])
_MATERIALS_OF_CATEGORY = np.array(
    [
        [6, 7, 1, 9],  # books
        [0, 1, 4, 5],  # toys
        [2, 3, 8, 0],  # kitchen
        [2, 1, 3, 9],  # garden
        [4, 5, 7, 6],  # fashion
        [6, 4, 1, 5],  # shoes
        [1, 2, 8, 0],  # electronics
        [8, 1, 9, 3],  # beauty
    ]
)
_PRICE_OF_CRAFT = 0.3  # log price between two crafts, at full content


@final
@dataclass(frozen=True)
class Attributes:
    """One value per product, each the place of a word in `lexicon.py`."""

    kind: np.ndarray
    """Category times four, plus the noun within it."""
    colour: np.ndarray
    material: np.ndarray
    style: np.ndarray
    craft: np.ndarray
    """How well it is made: 0, 1, 2."""
    pattern: np.ndarray
    """Seen on the photo, said nowhere."""
    has_photo: np.ndarray
    language: np.ndarray
    """In which the merchant writes."""


def draw_attributes(market: Market, streams: RandomStreams, category: np.ndarray) -> Attributes:
    """Draw the attributes of all products."""
    generator, count = streams.of("attributes"), len(category)

    def of(shares: np.ndarray) -> np.ndarray:
        return choose(generator, np.tile(shares, (count, 1)))

    material = _MATERIALS_OF_CATEGORY[category, generator.integers(0, 4, count)]
    return Attributes(
        kind=category * KINDS_OF_CATEGORY + np.arange(count) % KINDS_OF_CATEGORY,
        colour=of(np.ones(len(COLOURS))),
        material=material,
        style=of(np.ones(len(STYLES))),
        craft=of(_SHARE_OF_CRAFT),
        pattern=of(_SHARE_OF_PATTERN),
        has_photo=generator.random(count) < market.photos,
        language=of(_SHARE_OF_LANGUAGE),
    )


def price_factor(market: Market, attributes: Attributes) -> np.ndarray:
    """Give the factor by which a better made product costs more."""
    return np.exp(market.content * _PRICE_OF_CRAFT * (attributes.craft - 1))


def named(attributes: Attributes) -> dict[str, tuple[np.ndarray, tuple[str, ...]]]:
    """Give each attribute with the words that its numbers stand for, for the tables of the truth."""
    return {
        "colour": (attributes.colour, COLOURS),
        "material": (attributes.material, MATERIALS),
        "style": (attributes.style, STYLES),
        "craft": (attributes.craft, CRAFTS),
        "pattern": (attributes.pattern, PATTERNS),
        "language": (attributes.language, LANGUAGES),
    }
