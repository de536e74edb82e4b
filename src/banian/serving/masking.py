"""Messages without the values of rows: what an error shows to a person at his own table is no reader's of a log."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MASK = "***"
_ASK = re.compile(r"ask (\d+)\b")
_SHORTEST = 3
_CUT = 57
"""So much of a long value is shown by who raises errors."""


def hide_of_ask(text: str, columns: Mapping[str, Sequence[Any]], kept: Iterable[str]) -> str:
    """Put *** for the values of the ask that a message begins with; without such a beginning, for none.

    >>> hide_of_ask("ask 1: age is 'old'.", {"age": [3, "old"], "task": ["spend", "spend"]}, ["task"])
    'ask 1: age is ***.'
    """
    named = _ASK.match(text)
    if named is None:
        return text
    place, skipped = int(named[1]), set(kept)
    values = [
        column[place]
        for name, column in columns.items()
        if name not in skipped and place < len(column)
    ]
    return named[0] + _hide(text[named.end() :], values, shortest=1)


def hide_of_rows(text: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Put *** for the values of rows, those of one or two characters apart."""
    return _hide(text, (value for row in rows for value in row.values()), shortest=_SHORTEST)


def _hide(text: str, values: Iterable[Any], *, shortest: int) -> str:
    shown = set[str]()
    for value in values:
        if value is None or isinstance(value, bool):
            continue
        for word in (repr(value), str(value)):
            shown.add(word)
            shown.add(f"{word[:_CUT]}…")
    for word in sorted(shown, key=len, reverse=True):
        if len(word) >= shortest and word in text:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", _MASK, text)
    return text
