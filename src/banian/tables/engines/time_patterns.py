"""How times are written: the directives of strptime as the letters of Java."""

import re

from banian.errors import SpecError

_LETTERS = {
    "Y": "yyyy",
    "y": "yy",
    "m": "MM",
    "d": "dd",
    "j": "DDD",
    "H": "HH",
    "I": "hh",
    "M": "mm",
    "S": "ss",
    "f": "[SSSSSS][SSSSS][SSSS][SSS][SS][S]",
    "p": "a",
    "b": "MMM",
    "B": "MMMM",
    "a": "E",
    "A": "EEEE",
    "z": "[xxx][xx][X]",
}
_SHORT = {"m": "M", "d": "d", "H": "H", "I": "h", "M": "m", "S": "s"}
"""One or two digits, where no other digit follows or goes before."""


def java_pattern(form: str) -> str:
    """Translate a form of strptime.

    Raises:
        SpecError: Java has no letter for a directive.

    >>> java_pattern("%d/%m/%Y %H:%M"), java_pattern("%Y%m%d at %H")
    ('d/M/yyyy H:m', "yyyyMMdd' at 'H")

    """
    parts = re.findall(r"%-?.|[^%]+|%", form)
    letters = [part[-1] if part[0] == "%" and part != "%" else None for part in parts]
    written = []
    for at, (part, letter) in enumerate(zip(parts, letters, strict=True)):
        if letter is None or letter == "%":
            written.append(_quote("%" if letter == "%" else part))
        elif letter not in _LETTERS:
            raise SpecError(
                f"time_format: {form!r} has {part!r}, which Spark cannot read.",
                remedy=f"Use {', '.join('%' + known for known in _LETTERS)}, or the engine duckdb.",
            )
        else:
            around = (*letters[max(0, at - 1) : at], *letters[at + 1 : at + 2])
            is_alone = not any(other in _LETTERS for other in around if other is not None)
            written.append(_SHORT.get(letter, _LETTERS[letter]) if is_alone else _LETTERS[letter])
    return "".join(written)


def _quote(text: str) -> str:
    if not re.search(r"[A-Za-z'\[\]{}#]", text):
        return text
    return "'" + text.replace("'", "''") + "'"
