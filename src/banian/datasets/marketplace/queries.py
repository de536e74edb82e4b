"""What is typed into the search field: the words of a wish, with synonyms, in some order, with slips."""

import numpy as np

from banian.datasets.marketplace.lexicon import (
    CATEGORY_WORDS,
    COLOUR_WORDS,
    MATERIAL_WORDS,
    NOUN_WORDS,
    STYLE_WORDS,
    say,
)
from banian.datasets.marketplace.products import brand_names
from banian.datasets.marketplace.typos import mistype
from banian.datasets.marketplace.wishes import NAMEABLE, SEARCH_INTENTS, Wishes
from banian.datasets.marketplace.words import EXTRA
from banian.datasets.marketplace.world import World

_GERMAN_SHARE = 0.5  # of the queries from Germany
_CHINESE_SHARE = 0.04
_GERMANY = 0
_GIFTS = (
    (
        "gift for my sister",
        "present for dad",
        "birthday gift",
        "gift idea",
        "something for a friend",
    ),
    ("Geschenk für Mama", "Geschenkidee", "zum Geburtstag"),
    ("送妈妈的礼物", "生日礼物", "礼物"),
)
_MORE = (EXTRA, ("günstig", "beste", "neu", "Angebot"), ("便宜", "新款", "特价"))
_WITH_MORE = 0.2
_SLIPS = 0.1
_GIFT_UNSAID = 0.1  # share of gifts that a query does not call so


def language_of_customers(
    world: World, generator: np.random.Generator, customer: np.ndarray
) -> np.ndarray:
    """Draw the language in which customers write: that of their country at times, else mostly English."""
    drawn = generator.random(len(customer))
    is_german = (world.customers.country[customer] == _GERMANY) & (
        generator.random(len(customer)) < _GERMAN_SHARE
    )
    return np.where(drawn < _CHINESE_SHARE, 2, is_german.astype(np.int64))


def write_queries(
    world: World,
    generator: np.random.Generator,
    wishes: Wishes,
    search: np.ndarray,
    customer: np.ndarray,
) -> list[str]:
    """Write the queries of searches, one for each place in `search`."""
    attributes, brands = world.products.attributes, brand_names()
    gift = SEARCH_INTENTS.index("gift")
    languages = language_of_customers(world, generator, customer).tolist()
    drawn = generator.random((len(search), 2 * len(NAMEABLE) + 6))
    queries = []
    for place, language, parts in zip(search.tolist(), languages, drawn.tolist(), strict=True):
        target, names = wishes.target[place], wishes.names[place].tolist()
        texts = []
        if names[0]:
            texts.append(say(NOUN_WORDS[language], attributes.kind[target], parts[0]))
        if names[1]:
            texts.append(brands[world.products.brand_number[target]])
        for at, words, values in (
            (2, COLOUR_WORDS, attributes.colour),
            (3, MATERIAL_WORDS, attributes.material),
            (4, STYLE_WORDS, attributes.style),
        ):
            if names[at]:
                texts.append(say(words[language], values[target], parts[at]))
        if wishes.intent[place] == gift and parts[10] >= _GIFT_UNSAID:
            texts.append(_pick(_GIFTS[language], parts[11]))
        if not names[0] and (not texts or parts[12] < 0.5):
            texts.append(CATEGORY_WORDS[language][wishes.category[place]])
        if parts[13] < _WITH_MORE:
            texts.append(_pick(_MORE[language], parts[14]))
        order = sorted(range(len(texts)), key=lambda at: parts[len(NAMEABLE) + at])
        text = ("" if language == 2 else " ").join(texts[at] for at in order)
        queries.append(mistype(text, parts[15] / _SLIPS) if parts[15] < _SLIPS else text.lower())
    return queries


def _pick(choices: tuple[str, ...], part: float) -> str:
    return choices[int(part * len(choices))]
