"""Which characters make words: texts as code points that are alike where people read them alike.

Source: The Unicode Standard, annex 15 (normalisation) and section 5.18 (case folding). Python's tables change between
releases for newly assigned characters only.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int8, UInt32

GAP, LETTER, LONE = 0, 1, 2
"""Between words; a part of a word, as digits are; a word by itself."""
END = "\n"
"""Stands behind every text."""

_ACCENTS = re.compile("[\u0300-\u036f]+")
_DROPPED = -1
# Scripts without spaces between words, and Hangul, whose endings stick to words: first and last code point.
_LONE_SCRIPTS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),  # repetition and zero
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # small Katakana
    (0x3400, 0x4DBF),  # ideographs
    (0x4E00, 0x9FFF),
    (0xA960, 0xA97F),  # Hangul
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),  # ideographs for compatibility
    (0x1B000, 0x1B16F),  # old Kana
    (0x20000, 0x3FFFF),  # ideographs
)


def fold_texts(texts: Sequence[str]) -> str:
    r"""Put texts behind each other, each with `END` behind it, without accents, case and variants of characters.

    >>> fold_texts(["Crème", "ＳＴＲＡẞＥ"])
    'creme\nstrasse\n'
    """
    whole = END.join([*(text.replace(END, " ") for text in texts), ""])
    if whole.isascii():
        return whole.lower()
    # Case folding may undo a decomposition. No rule reaches across END, and folding case looks at one character.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", whole).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", folded))


def classify(text: str) -> tuple[UInt32[np.ndarray, " character"], Int8[np.ndarray, " character"]]:
    """Give the code point of each character and whether it is a GAP, a LETTER or LONE.

    What does not show (marks of direction, joiners, variants of emoji) is left out; digits of all scripts become
    those of ASCII.

    >>> points, kinds = classify("٤ok 好!")
    >>> "".join(map(chr, points)), kinds.tolist()
    ('4ok 好!', [1, 1, 1, 0, 2, 2])
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)
    if text.isascii():
        return points, _ASCII[points]
    found, place = np.unique(points, return_inverse=True)
    kinds = np.fromiter(map(_kind, found.tolist()), np.int8, len(found))[place]
    plain = np.fromiter(map(_plain_digit, found.tolist()), np.uint32, len(found))[place]
    is_kept = kinds != _DROPPED
    return plain[is_kept], kinds[is_kept]


def _kind(point: int) -> int:
    category = unicodedata.category(chr(point))
    if category == "Nd":
        return LETTER
    if any(first <= point <= last for first, last in _LONE_SCRIPTS):
        return LONE
    if 0xFE00 <= point <= 0xFE0F or 0x1F3FB <= point <= 0x1F3FF:  # variants and skins of emoji
        return _DROPPED
    if category == "Cf":
        return GAP if point == 0x200B else _DROPPED
    if category[0] in "LNM":
        return LETTER
    return LONE if category[0] == "S" or chr(point) in "!?" else GAP


def _plain_digit(point: int) -> int:
    digit = unicodedata.decimal(chr(point), None)
    return point if digit is None else ord("0") + digit


_ASCII = np.fromiter(map(_kind, range(0x80)), np.int8)
