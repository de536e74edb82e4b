"""A comparison with a number, like `> 0`, in its one spelling."""

import math
import re


def spell_comparison(text: str) -> str:
    """Write a comparison so that equal ones have equal text.

    Raises:
        ValueError: the text is no comparison with a plain number.

    >>> spell_comparison(">=02.50"), spell_comparison(" == -0 ")
    ('>= 2.5', '= 0')

    """
    found = re.fullmatch(r"\s*(<=|>=|!=|<>|==|=|<|>)\s*(-?)(\d+)(?:\.(\d+))?\s*", text)
    if found is None:
        raise ValueError(f"{text!r} is not a comparison. Write one like '> 0' or '<= 2.5'.")
    sign, minus, whole, part = found.groups(default="")
    if math.isinf(float(f"{whole}.{part}")):
        raise ValueError("this number is too large to compare with")
    number = whole.lstrip("0") or "0"
    if fraction := part.rstrip("0"):
        number += f".{fraction}"
    sign = {"==": "=", "<>": "!="}.get(sign, sign)
    return f"{sign} {minus if number != '0' else ''}{number}"
