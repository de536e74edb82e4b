"""JSON that every reader takes: RFC 8259 has no NaN and no infinity, so null stands where a number is none."""

import json
import math
from collections.abc import Mapping


def strict_json(tree: object, *, indent: int | None = None, only_ascii: bool = False) -> str:
    """Write plain values as JSON text; NaN and infinite numbers are null.

    `only_ascii` escapes all other characters, for a terminal that may have no UTF-8.

    >>> strict_json({"mean": float("inf"), "ends": (0.5, float("nan"))})
    '{"mean": null, "ends": [0.5, null]}'
    """
    return json.dumps(_finite(tree), indent=indent, ensure_ascii=only_ascii, allow_nan=False)


def _finite(tree: object) -> object:
    match tree:
        case float():
            return tree if math.isfinite(tree) else None
        case Mapping():
            return {name: _finite(part) for name, part in tree.items()}
        case list() | tuple():
            return [_finite(part) for part in tree]
        case _:
            return tree
