"""Why the grammar cannot read a question, in the words of one who wrote it."""

import difflib
import re

from lark.exceptions import UnexpectedInput, UnexpectedToken

from banian.errors import nearest
from banian.spec.expression_text import BARE_NAME
from banian.spec.parse_error import ParseError, quote
from banian.spec.question_grammar import AGGREGATES

_WORDS = {
    "_PREDICT": "PREDICT",
    "NAME": "a column",
    "NUMBER": "a number",
    "TEXT": "a text",
    "AGGREGATE": "an aggregate",
    "LENGTH": "a length of time like 90d",
    "LPAR": "'('",
    "DOT": "'.'",
    "COMPARE": "a comparison",
    "SIGN": "arithmetic",
    "_IN": "IN",
    "_IS": "IS",
    "_NULL": "NULL",
    "_AND": "AND",
    "_OR": "OR",
    "RANK": "RANK TOP",
    "_TOP": "TOP",
    "WHERE": "WHERE",
    "_SAME": "SAME",
    "COMMA": "a comma",
    "RPAR": "')'",
    "_FOR": "FOR EACH",
    "_EACH": "EACH",
    "GIVEN": "GIVEN",
    "WITHIN": "WITHIN",
    "IN_SCENE": "IN SCENE",
    "AS": "AS",
    "BY": "BY",
    "WITH": "WITH",
    "UPLIFT": "UPLIFT",
    "_OVER": "OVER",
    "WEIGHT": "WEIGHT",
    "$END": "the end",
}
"""What may stand at a place, but for what is always beside one of these."""

_NAMES = {
    "(": "an event table",
    "EACH": "a table",
    "GIVEN": "a task",
    "AS": "a kind",
    "BY": "a metric",
    "WITH": "a tower",
}
"""What a name means by what stands before it; elsewhere it is a column."""

_QUOTED = "\"[^\"]*\"|'[^']*'"


def explain(text: str, error: UnexpectedInput) -> ParseError:
    """Say what was found, what was expected, and what was probably meant."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        at = len(text.rstrip())
        return ParseError(at, f"the question ends here, expected {_list(_expected(text, error))}")
    at = error.pos_in_stream or 0
    before = text[:at]
    expected = _expected(before, error)
    if text[at] == "(" and (called := re.search(rf"\b({BARE_NAME})\s*$", before)):
        return ParseError(called.start(), _refuse_call(called[1]))
    found = re.findall(rf"{_QUOTED}|\w+|--|[<>=!]+|.", text[at:])[0]
    if found in ("'", '"'):
        return ParseError(at, "this quote is not closed")
    if found == "--":
        return ParseError(at, "there are no comments; put a space between two minus signs")
    hint = _guess(found, expected) or _reserved(found, expected)
    return ParseError(at, f"found {quote(found)}, expected {_list(expected)}{hint}")


def _expected(before: str, error: UnexpectedInput) -> list[str]:
    accepted = set(error.interactive_parser.accepts())
    if accepted & {"NAME", "NUMBER"}:
        accepted.discard("LPAR")  # may stand wherever these may
    expected = [words for name, words in _WORDS.items() if name in accepted]
    if "_SAME" in accepted:
        expected[expected.index("a comma")] = "a comma and a window like 0, 90d"
    if "NAME" in accepted and "TEXT" not in accepted:
        last = re.findall(r"\w+|\S", before)[-1].upper()
        expected = [_NAMES.get(last, word) if word == "a column" else word for word in expected]
    return expected


def _list(words: list[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _refuse_call(name: str) -> str:
    return f"there is no aggregate {quote(name)}. {nearest(name, (*AGGREGATES, 'GREATEST', 'LEAST', 'SQL'))}"


def _guess(found: str, expected: list[str]) -> str:
    keywords = {start: word for word in expected if word.isupper() for start in (word, word[:3])}
    close = difflib.get_close_matches(found.upper(), keywords, n=1)
    return f". Did you mean {keywords[close[0]]}?" if close else ""


def _reserved(found: str, expected: list[str]) -> str:
    is_reserved = found.isidentifier() and not re.fullmatch(BARE_NAME, found)
    takes_name = is_reserved and set(expected) & {"a column", *_NAMES.values()}
    return f'. A name like this stands in double quotes: "{found}"' if takes_name else ""
