"""The values of an ask's columns, held against what the columns were in training."""

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, assert_never

import numpy as np
import pyarrow as pa

from banian.errors import AskError, SpecError
from banian.features.asked_row import held_as
from banian.inference.ask_rows import is_nothing
from banian.inference.moment import read_moment
from banian.schema import ABSENT, NOBODY, ColumnType

_MOST = 2**63
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_NAMED = 3
"""Asks that an error names beside the first."""
_EXACT = 2**53
_SURE = 1e15
"""Below it, as many digits as a float keeps: what is a decimal of its scale is the one that its digits say."""
_DIGITS = 18
"""Of a decimal, as tables hold it."""
_TRUTHS = {"true": True, "false": False, "t": True, "f": False, "1": True, "0": False}


def read_values(
    values: Sequence[Any],
    kind: ColumnType,
    *,
    where: str,
    places: Sequence[int],
    is_text: bool,
    left_out: str | None = "it is not known",
) -> pa.Array:
    """Read the values of one column as what the column was in training; None is absent.

    Whole numbers become int64, other numbers float64, truths bool, times timestamps in UTC, all else text. Names (keys
    and links) may be numbers or texts, since 17 and '17' name the same.

    Args:
        values: as they were given.
        kind: what the column was in training.
        where: the name of the column, for the error.
        places: the numbers of the asks, for the error.
        is_text: whether they come from a file that knows nothing but text, such as CSV.
        left_out: what is said where the column is left out, for the error; none where it cannot be.

    Raises:
        AskError: a value is of another type.

    >>> whole = ColumnType("whole")
    >>> read_values([3, None], whole, where="age", places=[0, 1], is_text=False).to_pylist()
    [3, None]
    >>> read_values(["old"], whole, where="age", places=[4], is_text=False)
    Traceback (most recent call last):
    ...
    banian.errors.AskError: ask 4: age is 'old', and in training it was a whole number.
    Remedy: Write it as it stood in the tables, or leave it out: then it is not known.

    """
    plain = None if is_text else _read_plain(values, kind)
    if plain is not None:
        return pa.array(plain, held_as(kind))
    read, noun = _reader(kind)
    nothing = _words_for_nothing(kind, is_text=is_text)
    found, wrong = [], {}
    for given, place in zip(values, places, strict=True):
        is_scalar = isinstance(given, np.generic) and not isinstance(given, np.datetime64)
        value = given.item() if is_scalar else given
        try:
            is_absent = is_nothing(value) or (isinstance(value, str) and value.strip() in nothing)
            found.append(None if is_absent else read(value, is_text))
        except (ValueError, TypeError, OverflowError, SpecError):
            wrong[place] = value
    if wrong:
        place, value = next(iter(wrong.items()))
        without = "." if left_out is None else f", or leave it out: then {left_out}."
        raise AskError(
            f"ask {place}: {where} is {_shown(value)}{_others(list(wrong)[1:])}, and in training it was {noun}.",
            remedy=f"Write it as it stood in the tables{_as(value, kind)}{without}",
        )
    return pa.array(found, held_as(kind))


def _read_plain(values: Sequence[Any], kind: ColumnType) -> Sequence[Any] | None:
    """Read values that are all of the type that they should be, in one pass; nothing where some may not be.

    It gives what reading them one by one does.
    """
    types = set(map(type, values)) - {type(None)}
    if kind.is_name:
        if kind.kind == "whole" and types == {int}:
            return values if _are_exact(values) else None
        return None
    match kind.kind:
        case "whole" if types == {int}:
            return values if _are_exact(values) else None
        case "decimal" | "float" if types and types <= {int, float, Decimal}:
            if int in types and not _are_exact([one for one in values if type(one) is int]):
                return None
            try:
                read = [np.nan if one is None else float(one) for one in values]
            except ValueError:  # a NaN that signals
                return None
            numbers = np.array(read, np.float64)
            if np.isinf(numbers).any():
                return None
            if kind.kind == "decimal":
                whole = np.rint(numbers * 10.0**kind.scale)
                is_round = np.isnan(numbers) | (
                    (whole / 10.0**kind.scale == numbers) & (np.abs(whole) < _SURE)
                )
                if not is_round.all():
                    return None
                numbers = numbers + 0.0  # there is but one 0
            return [None if one != one else one for one in numbers.tolist()]
        case "boolean" if types == {bool}:
            return values
        case "text" | "other" if types == {str}:
            return [one or None for one in values] if _are_whole(values) else None
        case "time" if types == {dt.datetime}:
            is_plain = all(one is None or (one.tzinfo is None and not one.fold) for one in values)
            return values if is_plain else None
        case _:
            return None


def _are_exact(values: Sequence[Any]) -> bool:
    """Say whether whole numbers are so small that each is a float."""
    there = [one for one in values if one is not None]
    return min(there) > -_EXACT and max(there) < _EXACT


def _are_whole(values: Sequence[Any]) -> bool:
    """Say whether no text has half a sign in it."""
    try:
        "".join(one for one in values if one is not None).encode()
    except UnicodeEncodeError:
        return False
    return True


def _others(places: Sequence[int]) -> str:
    """Name the first of the other asks that are wrong alike."""
    if not places:
        return ""
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return f" (no better: ask {', '.join(map(str, places[:_NAMED]))}{more})"


def _as(value: Any, kind: ColumnType) -> str:  # noqa: ANN401
    """Say what keeps a value from being the number that it seems to be."""
    if kind.is_name or kind.kind not in ("whole", "decimal", "float"):
        return ""
    if isinstance(value, float) and math.isinf(value):
        return ", as a finite number"
    is_quoted = isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    return ", as a number without quotes" if is_quoted else ""


_Read = Callable[[Any, bool], Any]


def _reader(kind: ColumnType) -> tuple[_Read, str]:
    """Give what reads a value, and what a person calls it."""
    if kind.is_name:
        if kind.kind == "whole":
            return _whole_name, "a whole number"
        return _name, "a text"
    match kind.kind:
        case "whole":
            return _whole, "a whole number"
        case "decimal":
            most = 10 ** (_DIGITS - kind.scale)
            return partial(
                _decimal, kind.scale
            ), f"a number below {most:,} with {kind.scale} decimals"
        case "float":
            return _number, "a number"
        case "boolean":
            return _truth, "true or false"
        case "time":
            return _time, "a time"
        case "text" | "other":
            return _text, "a text"
        case _:
            assert_never(kind.kind)


def _words_for_nothing(kind: ColumnType, *, is_text: bool) -> Sequence[str]:
    """List the texts that stand for no value; a category may be called so."""
    if kind.is_name:
        return NOBODY if kind.na_is_name else ABSENT
    return ABSENT if is_text and kind.kind != "text" else ()


def _whole(value: Any, is_text: bool) -> int:  # noqa: ANN401
    number = _number(value, is_text)
    if not number.is_integer() or abs(number) >= _MOST:
        raise ValueError
    is_exact = isinstance(value, int) or (isinstance(value, str) and "." not in value)
    return int(value) if is_exact and "e" not in str(value).lower() else int(number)


def _number(value: Any, is_text: bool) -> float:  # noqa: ANN401
    if isinstance(value, bool) or (isinstance(value, str) and (not is_text or "_" in value)):
        raise TypeError
    if not isinstance(value, int | float | str | Decimal):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _decimal(scale: int, value: Any, is_text: bool) -> float:  # noqa: ANN401
    """Round to what a decimal of the scale holds, as tables do: halves go away from 0."""
    number, most = _number(value, is_text), 10 ** (_DIGITS - scale)
    if abs(number) >= most:
        raise ValueError
    exact = Decimal(repr(number)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    if abs(exact) >= most:
        raise ValueError
    return float(exact) + 0.0  # there is but one 0


def _truth(value: Any, is_text: bool) -> bool:  # noqa: ANN401
    if is_text and isinstance(value, str) and value.strip().lower() in _TRUTHS:
        return _TRUTHS[value.strip().lower()]
    if not isinstance(value, bool):
        raise TypeError
    return value


def _time(value: Any, is_text: bool) -> dt.datetime:  # noqa: ANN401, ARG001
    return read_moment(value)


def _text(value: Any, is_text: bool) -> str:  # noqa: ANN401, ARG001
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # half a sign is no text
    return value


def _name(value: Any, is_text: bool) -> str:  # noqa: ANN401, ARG001
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise TypeError
    if isinstance(value, float | Decimal):
        if value != int(value):
            raise ValueError
        value = int(value)
    name = str(value).strip()
    name.encode()
    return name


def _whole_name(value: Any, is_text: bool) -> int:  # noqa: ANN401
    name = _name(value, is_text)
    whole = int(name)
    if str(whole) != name or abs(whole) >= _MOST:
        raise ValueError
    return whole


def _shown(value: Any) -> str:  # noqa: ANN401
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
