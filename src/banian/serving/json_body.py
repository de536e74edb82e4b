"""JSON that strangers send: no NaN, no name twice, nothing nested beyond reason, no endless texts."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from banian.serving.refusal import Refusal

_MOST_COLUMNS = 1_000
_LONGEST_NAME = 200


def parse_json(body: bytes) -> Mapping[str, Any]:
    """Parse an object.

    Raises:
        Refusal: 400.

    """
    try:
        found = json.loads(body, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except RecursionError:
        raise _malformed("it is nested too deep") from None
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at byte {error.pos}") from None
    except _NotJson as error:
        raise _malformed(str(error)) from None
    except ValueError:  # a number of thousands of digits
        raise _malformed("a number has too many digits") from None
    if not isinstance(found, Mapping):
        raise _malformed("it is not an object")
    return found


def refuse_large(rows: Sequence[Any], *, most_rows: int, most_text: int) -> None:
    """Refuse too many rows, columns or characters.

    Raises:
        Refusal: 400, a row is none; 413, there is too much.

    """
    if len(rows) > most_rows:
        raise too_large(f"There are {len(rows):,} rows, and a request may have {most_rows:,}.")
    names = set[str]()
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise _malformed(f"row {place} is not an object")
        names.update(row)
        if len(names) > _MOST_COLUMNS:
            raise too_large(f"The rows have more than {_MOST_COLUMNS:,} columns.")
        if _longest(row.values()) > most_text:
            raise too_large(f"A text of row {place} has more than {most_text:,} characters.")
    if max(map(len, names), default=0) > _LONGEST_NAME:
        raise too_large(f"The name of a column has more than {_LONGEST_NAME} characters.")


def too_large(problem: str) -> Refusal:
    """Refuse since there is too much."""
    return Refusal(413, problem, remedy="Send less at once, or raise the limit of banian serve.")


def _longest(values: Iterable[Any]) -> int:
    return max((len(value) for value in values if isinstance(value, str)), default=0)


class _NotJson(ValueError):
    """What a hook found."""


def _malformed(why: str) -> Refusal:
    return Refusal(400, f"The body is not the JSON that is asked for: {why}.", remedy=_REMEDY)


_REMEDY = "Write it as /openapi.json says; leave out what is not known, or write null."
_WORD = re.compile(r"[^\x20-\x7e]")


def _refuse_constant(word: str) -> NoReturn:
    raise _NotJson(f"{word} is no number of JSON")


def _refuse_twice(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _NotJson(f"an object has {_WORD.sub('?', twice)[:_LONGEST_NAME]!r} twice")
    return found
