"""What `/v1/recommend` takes and gives, as JSON."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from banian.recommendation import MEMBERS, ItemFilter, Recommendation, Wish
from banian.serving.answer_body import head_of
from banian.serving.json_body import parse_json, refuse_large
from banian.serving.refusal import Refusal
from banian.serving.settings import ServiceSettings
from banian.storage import strict_json

_MOST = 100
"""Items in an answer."""
_REMEDY = (
    'Write {"CUSTOMER_KEY": VALUE, "k": 10, "scene": SCENE, "filters": {"COLUMN": VALUE}, "diversity": 0.3}; '
    "all but the key may be left out."
)


def read_wish(body: bytes, settings: ServiceSettings) -> Wish:
    """Read what is wanted.

    Raises:
        Refusal: 400, it is no such object; 413, there is too much.

    """
    tree = parse_json(body)
    named = {name: value for name, value in tree.items() if name not in MEMBERS}
    for name, value in named.items():
        if isinstance(value, Mapping | list):
            raise _odd(f"{name} is no value")
    refuse_large([named], most_rows=1, most_text=settings.most_text)
    for name in ("scene", "task", "items"):
        if not isinstance(tree.get(name), str | None):
            raise _odd(f"{name} is no text")
    return Wish(
        named={name: value for name, value in named.items() if value is not None},
        k=_whole(tree, "k", 10),
        at=tree.get("at"),
        scene=tree.get("scene"),
        task=tree.get("task"),
        items=tree.get("items"),
        filters={name: _filter(name, said) for name, said in _object(tree, "filters").items()},
        not_in={
            name: _number(said, f"not_in.{name}", 100_000)
            for name, said in _object(tree, "not_in").items()
        },
        most_per={
            name: _whole({name: said}, name, 0) for name, said in _object(tree, "most_per").items()
        },
        diversity=_number(tree.get("diversity") or 0.0, "diversity", 1),
    )


def write_recommendation(
    found: Recommendation, *, model: str, store: str, degraded: Sequence[str] = ()
) -> bytes:
    """Write what is recommended.

    Args:
        found: it.
        model: version of the bundle that ranked it.
        store: version of the store that it knew.
        degraded: what is not as it should be; told where there is something.

    """
    tree = {
        **head_of(found.warnings, model=model, store=store, degraded=degraded),
        "at": None if found.at is None else found.at.isoformat(),
        "ranked_by": list(found.ranked_by),
        "column": found.column,
        "candidates": found.candidates,
        "cold": list(found.cold),
        "items": [
            {
                "item": one.item,
                "score": plain(one.score),
                "values": {task: plain(value) for task, value in one.values.items()},
                "reasons": list(one.reasons),
                "columns": {name: plain(value) for name, value in one.columns.items()},
            }
            for one in found.found
        ],
    }
    return strict_json(tree).encode("utf-8", "replace")


def plain(value: Any) -> Any:  # noqa: ANN401
    """Give a value of a column as JSON has it: null for a number that is none, times as ISO 8601."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case float() if not math.isfinite(value):
            return None
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)


def _object(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise _odd(f"{name} is no object")
    if len(found) > _MOST:
        raise _odd(f"{name} has more than {_MOST} members")
    return found


def _whole(tree: Mapping[str, Any], name: str, default: int) -> int:
    found = tree.get(name)
    if found is None:
        return default
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= _MOST:
        raise _odd(f"{name} is no whole number from 1 to {_MOST}")
    return found


def _number(found: Any, name: str, most: float) -> float:  # noqa: ANN401
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= most:
        raise _odd(f"{name} is no number from 0 to {most:,}")
    return float(found)


def _filter(name: str, said: Any) -> ItemFilter:  # noqa: ANN401
    if isinstance(said, Mapping):
        if not said or set(said) - {"min", "max"}:
            raise _odd(f"filters.{name} has other members than min and max")
        least, most = (
            None if said.get(end) is None else _bound(said[end], f"filters.{name}.{end}")
            for end in ("min", "max")
        )
        return ItemFilter(least=least, most=most)
    values = said if isinstance(said, list) else [said]
    if not values or len(values) > 1_000 or any(isinstance(v, Mapping | list) for v in values):
        raise _odd(f"filters.{name} is neither a value, nor a list of 1 to 1,000, nor a range")
    return ItemFilter(among=tuple(values))


def _bound(found: Any, name: str) -> float:  # noqa: ANN401
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _odd(f"{name} is no number")
    try:
        return float(found)
    except OverflowError:
        raise _odd(f"{name} is no number") from None


def _odd(why: str) -> Refusal:
    return Refusal(400, f"The body is no wish for items: {why[:200]}.", remedy=_REMEDY)
