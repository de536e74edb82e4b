"""Columns that become known later than their row, and so can be asked of it."""

from collections.abc import Iterator, Mapping

from banian.proposal.column_facts import ColumnFacts
from banian.proposal.column_names import (
    looks_additive,
    looks_like_id,
    looks_like_outcome,
    singular,
    to_name,
    words_of,
)
from banian.proposal.shop_profile import ShopProfile
from banian.proposal.task_candidate import TaskCandidate
from banian.spec import RowTaskSpec
from banian.spec.expression_text import format_name

_MOST_CLASSES, _MOST_GRADES = 20, 10
_TIME_ENDS = ("at", "on", "date", "time", "day", "datetime", "ts", "timestamp")
_LATE, _EARLY = 0.5, 0.25


def propose_label_columns(shop: ShopProfile, table: str) -> Iterator[TaskCandidate]:
    """Ask about columns that are declared to be late, look late, or are called like an outcome."""
    source = shop.table(table).spec
    for column, facts in shop.free(table).items():
        if facts.distinct < 2 or facts.kind in ("time", "other") or looks_like_id(column):
            continue
        doubts: tuple[str, ...] = ()
        if column in source.known_at:
            if facts.kind == "text" and facts.distinct > _MOST_CLASSES:
                continue
        elif (why := _seems_late(column, facts, has_time=source.time is not None)) is not None:
            paired = _time_of(column, shop.free(table)) if source.time is not None else None
            doubts = (_doubt(table, column, why, paired, has_time=source.time is not None),)
        else:
            continue
        yield TaskCandidate(
            to_name(singular(table), column),
            "label column",
            RowTaskSpec(rows=table, label=format_name(column)),
            f"{column} of the row",
            doubts,
        )


def _seems_late(column: str, facts: ColumnFacts, *, has_time: bool) -> str | None:
    few = facts.kind == "boolean" or (facts.kind == "text" and facts.values is not None)
    few = few or (facts.kind == "whole" and facts.distinct <= _MOST_GRADES)
    if few and facts.missing_newest >= _LATE and facts.missing_older <= _EARLY:
        return "is missing in the newest rows"
    is_sum = not has_time and facts.is_number and looks_additive(column)
    if looks_like_outcome(column) and (few or is_sum):
        return "is called like an outcome"
    return None


def _time_of(column: str, facts: Mapping[str, ColumnFacts]) -> str | None:
    """Find the time at which a column became true, which is called like it: returned_at beside returned."""
    for other, held in facts.items():
        *named, last = words_of(other) or ("",)
        if held.kind == "time" and tuple(named) == words_of(column) and last in _TIME_ENDS:
            return other
    return None


def _doubt(table: str, column: str, why: str, paired: str | None, *, has_time: bool) -> str:
    declare = f" If so, declare tables.{table}: known_at: {{{column}: TIME_COLUMN or 7d}}."
    if paired is not None:
        declare = (
            f" If so, declare tables.{table}: known_at: {{{column}: {paired}}}, and say in the question by when it "
            "must have come: WITHIN 30d."
        )
    return f"{column} {why}; is it really known only after its row? If not, leave the task out." + (
        declare if has_time else ""
    )
