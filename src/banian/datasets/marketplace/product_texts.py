"""Titles and descriptions: what merchants write of their products, in their words and language."""

import numpy as np

from banian.datasets.marketplace.attributes import Attributes
from banian.datasets.marketplace.lexicon import (
    COLOUR_WORDS,
    CRAFT_WORDS,
    MATERIAL_WORDS,
    NOUN_WORDS,
    STYLE_WORDS,
    say,
)

_TITLES = (
    ("{brand} {adjective} {noun}", "{brand} {noun}, {colour}", "{style} {noun} by {brand}",
     "{brand} {adjective} {colour} {noun}", "{noun} {brand} ({material}, {colour})",
     "{brand} {style} {material} {noun} - {adjective}"),
    ("{brand} {noun}", "{noun} von {brand}, {colour}", "{brand} {noun} {style} {adjective}",
     "{brand} {noun} aus {material}", "{noun} {colour} ({brand}, {adjective})"),
    ("{brand} {adjective}{noun}", "{brand}{colour}{noun}", "{style}{noun} {brand}",
     "{brand} {material}{noun} {adjective}"),
)  # fmt: skip
_SENTENCES = (
    (
        ("Here in {colour}.", "Colour: {colour}.", "The {colour} one of the series."),
        ("Made of {material}.", "Material: {material}.", "{material} throughout."),
        (
            "A {style} look.",
            "{style} design that goes with much.",
            "For those who like it {style}.",
        ),
        ("Make: {craft}.", "It is {craft}.", "{craft}."),
    ),
    (
        ("Farbe: {colour}.", "Dieses Stück gibt es in {colour}."),
        ("Aus {material}.", "Material: {material}."),
        ("Stil: {style}.", "Ein {style} gehaltenes Stück."),
        ("Verarbeitung: {craft}.", "{craft}."),
    ),
    (
        ("颜色: {colour}。", "这款是{colour}。"),
        ("材质: {material}。", "采用{material}。"),
        ("{style}风格。", "整体{style}设计。"),
        ("{craft}。", "工艺: {craft}。"),
    ),
)
_FILLERS = (
    ("Free returns within 14 days.", "Order now!", "A good present.", "Packed with care.",
     "New in our range.", "Also from {brand}: see our shop."),
    ("14 Tage Rückgabe.", "Jetzt bestellen!", "Auch als Geschenk.", "Sorgfältig verpackt."),
    ("十四天无忧退货。", "立即下单!", "送礼佳选。", "精心包装。"),
)  # fmt: skip
_PLAIN = (
    ("light", "everyday", "compact", "handy", "new", "original"),
    ("leicht", "für jeden Tag", "kompakt", "neu"),
    ("轻便", "日常", "新款", "正品"),
)
_BAIT = (
    ("amazing", "secret", "incredible", "unbelievable"),
    ("unglaublich", "sensationell", "geheim"),
    ("惊人", "爆款", "绝密"),
)
_BAITING = 0.8  # from this much click-bait on the title sounds like it
_EMPTY = 0.06  # share of products without a description
_UNTOLD = 0.12  # share of sentences that are left out


def write_texts(
    generator: np.random.Generator, attributes: Attributes, brands: list[str], bait: np.ndarray
) -> tuple[list[str], list[str | None]]:
    """Write title and description of every product; some have no description, some leave something out.

    Returns:
        The titles, and the descriptions.

    """
    titles: list[str] = []
    descriptions: list[str | None] = []
    for at, brand in enumerate(brands):
        parts = generator.random(20).tolist()
        language = int(attributes.language[at])
        words = {"brand": brand}
        for name, of, part in (
            ("noun", NOUN_WORDS, 0),
            ("colour", COLOUR_WORDS, 1),
            ("material", MATERIAL_WORDS, 2),
            ("style", STYLE_WORDS, 3),
            ("craft", CRAFT_WORDS, 4),
        ):
            attribute = attributes.kind if name == "noun" else getattr(attributes, name)
            words[name] = say(of[language], int(attribute[at]), parts[part])
        # craft has no usual name: every phrase is as likely
        phrases = CRAFT_WORDS[language][int(attributes.craft[at])]
        words["craft"] = phrases[int(parts[4] * len(phrases))]
        sounds = _BAIT if bait[at] > _BAITING else _PLAIN
        words["adjective"] = _pick(sounds[language], parts[5])
        title = _pick(_TITLES[language], parts[6]).format(**words)
        titles.append(title[0].upper() + title[1:])
        descriptions.append(None if parts[7] < _EMPTY else _describe(language, words, parts[8:]))
    return titles, descriptions


def _describe(language: int, words: dict[str, str], parts: list[float]) -> str | None:
    """Put the sentences about what a product is like in some order, with one that says nothing."""
    told = [
        (parts[8 + at], _pick(choices, parts[at]).format(**words))
        for at, choices in enumerate(_SENTENCES[language])
        if parts[4 + at] >= _UNTOLD
    ]
    told.append((parts[0], _pick(_FILLERS[language], parts[11]).format(**words)))
    gap = "" if language == 2 else " "
    return gap.join(text[0].upper() + text[1:] for _, text in sorted(told))


def _pick(choices: tuple[str, ...], part: float) -> str:
    return choices[int(part * len(choices))]
