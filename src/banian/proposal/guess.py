"""Keys, times and links, guessed from names and values where nothing is declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from banian.proposal.column_facts import ColumnFacts, collect_facts
from banian.proposal.column_names import looks_like_id, plural, singular, words_of
from banian.spec.expression_text import format_name
from banian.tables import Database, Table
from banian.tables.instants import read_instant

_CONTAINED = 0.5
"""So many of a column's values must be keys of the other table to be taken for a link."""
_READABLE = 0.99
_TIME_WORDS = (
    *("timestamp", "time", "datetime", "date", "at", "on", "day", "ts", "unix", "epoch"),
    *("timestamps", "unixtime", "moment", "when"),
)
_START_WORDS = ("start", "created", "ordered", "begin", "opened", "sent", "joined", "signup")
_BIRTH_WORDS = ("born", "dob")
_END_WORDS = ("end", "updated", "expiry", "expires", "until", "close", "closed")
_ACTORS = ("customer", "user", "household", "client", "member", "visitor", "buyer", "session")
_UNIX = {"unix": 1, "unix_ms": 10**3, "unix_us": 10**6, "unix_ns": 10**9}
_SINCE, _UNTIL = 2e8, 4e9
"""Seconds since 1970 from 1976 to 2096: between them and thousandths of them nothing overlaps."""
_DAYS = "%Y%m%d"
_QUANTITY, _PRICE = ("quantity", "qty", "units"), ("price",)


@final
@dataclass(frozen=True)
class _Seen:
    """A table, and what was guessed of it alone."""

    table: Table
    facts: Mapping[str, ColumnFacts]
    time: str | None
    form: str | None
    """How the time is written, where not as ISO 8601."""
    key: str | None


def guess_tables(database: Database) -> dict[str, dict[str, Any]]:
    """Guess each table's time, key and links, and the entities that live in event tables; as in a spec's `tables`.

    What was declared stays, such as what is ignored.
    """
    seen = {name: _look(name, table) for name, table in database.tables.items()}
    guessed: dict[str, dict[str, Any]] = {
        name: {
            **one.table.spec.model_dump(mode="json", exclude_defaults=True),
            **({"key": one.key} if one.key else {}),
            **({"time": one.time} if one.time else {}),
            **({"time_format": one.form} if one.form else {}),
        }
        for name, one in seen.items()
    }
    for name, one in seen.items():
        links: dict[str, str] = {}
        for column in _ids(one):
            target = _owner(seen, column) or _derive(guessed, seen, column)
            if target not in (None, name):
                links[column] = str(target)
        if links:
            guessed[name]["links"] = dict(sorted(links.items(), key=_actors_first))
        if one.time is None and any(not _actors_first(link) for link in links.items()):
            guessed[name] |= _borrowed_time(seen, links)
        if one.time and (amount := _amount(one)) is not None:
            declared = one.table.spec.derive
            guessed[name]["derive"] = {**declared, "amount": amount}
    return guessed


def _look(name: str, table: Table) -> _Seen:
    facts = collect_facts(table)
    forms = {column: _time_form(table, column, kind) for column, kind in facts.items()}
    times = [
        column for column, form in forms.items() if form is not None and not _is_birthday(column)
    ]
    time = min(times, key=lambda column: _time_order(column, list(facts)), default=None)
    form = (forms[time] or None) if time else None
    keys = [
        column
        for column, kind in facts.items()
        if looks_like_id(column) and kind.distinct == kind.known == kind.rows and column != time
    ]
    own = singular(words_of(name)[0])
    key = min(keys, key=lambda column: (own not in words_of(column), len(column)), default=None)
    return _Seen(table, facts, time, form, key)


def _is_birthday(column: str) -> bool:
    """Say whether a date is that of whom a row is about: an attribute, never when the row came to be."""
    words = words_of(column)
    return bool({*words} & {*_BIRTH_WORDS}) or any("birth" in w or "geburt" in w for w in words)


def _time_form(table: Table, column: str, facts: ColumnFacts) -> str | None:
    """Say how a column of times is written, "" for ISO 8601; nothing where it holds none."""
    if facts.known < _READABLE * facts.rows or facts.distinct < 2:
        return None
    if facts.kind == "time":
        return ""
    if not set(words_of(column)) & {*_TIME_WORDS, *_START_WORDS, *_END_WORDS}:
        return None
    if facts.is_number:
        return _count_form(table, column, facts)
    if facts.kind != "text" or not set(words_of(column)) & {*_TIME_WORDS}:
        return None
    read = table.rows[column].try_cast(dt.Timestamp(timezone="UTC")).count()
    return "" if _count(read) >= _READABLE * facts.known else None


def _count_form(table: Table, column: str, facts: ColumnFacts) -> str | None:
    """Tell seconds since 1970 from thousandths, millionths and billionths of them by their size."""
    number = table.rows[column].cast("float64")
    for form, unit in _UNIX.items():
        inside = number.between(_SINCE * unit, _UNTIL * unit).sum()
        if _count(inside) >= _READABLE * facts.known:
            return form
    if facts.fractions == 0:
        days = read_instant(table.rows[column].cast("int64"), _DAYS)
        if _count(days.count()) >= _READABLE * facts.known:
            return _DAYS
    return None


def _count(number: ir.Scalar) -> int:
    return int(number.to_pyarrow().as_py() or 0)


def _time_order(column: str, columns: list[str]) -> tuple[bool, bool, int]:
    words = set(words_of(column))
    return (bool(words & {*_END_WORDS}), not words & {*_START_WORDS}, columns.index(column))


def _ids(one: _Seen) -> list[str]:
    return [
        column
        for column, facts in one.facts.items()
        if looks_like_id(column)
        and column != one.time
        and facts.kind in ("text", "whole")
        and facts.distinct >= 2
    ]


def _owner(seen: Mapping[str, _Seen], column: str) -> str | None:
    """Find the table whose keys most values of a column are, wherever the column stands."""
    for name, one in seen.items():
        if one.key is None or words_of(one.key) != words_of(column):
            continue
        keys = one.table.rows.select(key=one.table.rows[one.key].cast("string"))
        shares = [
            _share(other.table.rows[column], keys)
            for home, other in seen.items()
            if home != name and column in other.facts
        ]
        if min(shares, default=0.0) >= _CONTAINED:
            return name
    return None


def _share(column: ir.Column, keys: ir.Table) -> float:
    held = column.cast("string").name("key").as_table().filter(ibis._.key.notnull()).distinct()
    inside = held.semi_join(keys, "key").count().to_pyarrow().as_py()
    return float(inside / max(held.count().to_pyarrow().as_py(), 1))


def _derive(
    guessed: dict[str, dict[str, Any]], seen: Mapping[str, _Seen], column: str
) -> str | None:
    """Declare the entity that a repeated id names, in the table of events that has most of it."""
    homes = {
        name: one.facts[other].distinct
        for name, one in seen.items()
        for other in one.facts
        if one.time and words_of(other) == words_of(column) and other == column
    }
    homes = {n: d for n, d in homes.items() if d < seen[n].facts[column].known}
    if not homes:
        return None
    entity = plural("_".join(words_of(column)[:-1]) or column.lower())
    home = max(homes, key=lambda name: homes[name])
    declared = {"from": home, "key": column}
    if entity in guessed and guessed[entity] != declared:
        entity = plural("_".join(words_of(column)))
    guessed.setdefault(entity, declared)
    return entity


def _borrowed_time(seen: Mapping[str, _Seen], links: Mapping[str, str]) -> dict[str, Any]:
    """Take the time of what a row links to, such as the start of a campaign that was sent to a customer."""
    for link, target in links.items():
        if target in seen and (time := seen[target].time) is not None:
            return {"lookup": {time: f"{link}.{time}"}, "time": time}
    return {}


def _actors_first(link: tuple[str, str]) -> bool:
    return not set(words_of(link[0])) & {*_ACTORS}


def _amount(one: _Seen) -> str | None:
    """Multiply the price by the quantity where there is one of each and no amount."""
    numbers = [name for name, facts in one.facts.items() if facts.is_number]
    quantities = [name for name in numbers if words_of(name)[-1] in _QUANTITY]
    prices = [name for name in numbers if words_of(name)[-1] in _PRICE]
    if len(quantities) != 1 or len(prices) != 1 or "amount" in one.facts:
        return None
    return f"{format_name(quantities[0])} * {format_name(prices[0])}"
