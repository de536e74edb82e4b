"""What cannot be read in a text, and the line that shows the place."""

import re
import unicodedata
from typing import final

_LONGEST = 100
"""Characters of a line; of a longer one, only what is around the place is shown."""
_LONGEST_WORD = 30
"""Characters of a word; a longer one is cut."""


@final
class ParseError(Exception):
    """A text that cannot be read at one position; whoever has the text shows the place by `point_at`.

    Args:
        at: Index of the character at which reading stopped.
        problem: What is wrong there.

    """

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at = at
        self.problem = problem


def point_at(text: str, at: int) -> str:
    r"""Show the line of a text that holds a position, and a caret below it.

    >>> print(point_at("one\ntwo three", 8))
      two three
          ^
    """
    before = text[:at].rpartition("\n")[2]
    after = text[at:].partition("\n")[0]
    if len(before + after) > _LONGEST:
        before = before if len(before) < _LONGEST * 2 // 3 else "…" + before[-_LONGEST // 2 :]
        after = after if len(after) < _LONGEST // 3 else after[: _LONGEST // 3] + "…"
    line = re.sub(r"[^\S\t ]", " ", before + after)  # a carriage return would hide the line
    return f"  {line}\n  {''.join(map(_blank, before))}^"


def quote(found: str) -> str:
    """Write what was found so that it is told from the words around it.

    >>> quote("90days"), quote("9" * 99)
    ("'90days'", "'999999999999999999999999999999…'")
    """
    return repr(str(found) if len(found) <= _LONGEST_WORD else found[:_LONGEST_WORD] + "…")


def _blank(character: str) -> str:
    if character == "\t":
        return "\t"  # as wide as in the line above, whatever that is
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "
