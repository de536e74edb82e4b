"""Labels, their maturity and their levels by reading every row of every table for every ask."""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from oracle_shop import (
    Ask,
    Row,
    Shop,
    closure,
    is_late,
    known_at,
    latest,
    length,
    links_to,
    rows_of,
)


def answer(shop: Shop, ask: Ask, tasks: dict[str, Any], entity: str | None) -> None:
    own: dict[str, Fraction | None] = {}
    own_matured: dict[str, datetime | None] = {}
    for name, task in tasks.items():
        if isinstance(task["label"], dict):
            value, matured = look_ahead(shop, ask, entity, task["label"])
            ask.level[name] = Fraction(0)
            if task["label"]["aggregate"] != "exists" and "compare" not in task["label"]:
                ask.level[name] = look_back(shop, ask, entity, task["label"]) or Fraction(0)
        else:
            value, matured = column_label(shop, ask, task)
            ask.level[name] = Fraction(0)
        is_known = ask.asked[name] and matured is not None and matured <= latest(shop)
        own[name], own_matured[name] = (value if is_known else None), matured
    for name in tasks:
        chain = [name]
        while tasks[chain[-1]].get("given"):
            chain.append(tasks[chain[-1]]["given"])
        ask.label[name] = own[name] if all(own[other] == 1 for other in chain[1:]) else None
        moments = [own_matured[other] for other in chain]
        ask.matured[name] = None if None in moments else max(moments)


def column_label(shop: Shop, ask: Ask, task: Row) -> tuple[Fraction | None, datetime | None]:
    column, table = task["label"], task["rows"]
    value = None if ask.own[column] is None else Fraction(ask.own[column])
    known = known_at(shop, table, ask.own, [column])
    if "within" not in task:
        return value, known
    end = ask.cutoff + length(task["within"])
    late = closure(shop, table, column) & set(shop.tree["tables"][table].get("known_at", {}))
    if late and (known is None or known > end):
        value = Fraction(0) if shop.kinds[table][column] == "boolean" else None
    return value, end


def look_ahead(
    shop: Shop, ask: Ask, entity: str | None, asked: Row
) -> tuple[Fraction | None, datetime]:
    end = ask.cutoff + length(asked["within"])
    table, values, known = asked["of"].partition(".")[0], [], [end]
    filter_is_late = is_late(shop, table, shop.late_filters.get(asked.get("where", ""), []))
    for row, at, knew, counts in candidates(shop, ask, entity, asked):
        if not ask.cutoff < at <= end or knew is None:
            continue
        if counts or filter_is_late:
            known.append(knew)
        if counts:
            values.append(row)
    return aggregate(values, asked), max(known)


def look_back(shop: Shop, ask: Ask, entity: str | None, asked: Row) -> Fraction | None:
    window = length(asked["within"])
    values = [
        row
        for row, at, knew, counts in candidates(shop, ask, entity, asked)
        if counts and ask.sees_within(at, window) and ask.sees(knew)
    ]
    return aggregate(values, asked)


def candidates(
    shop: Shop, ask: Ask, entity: str | None, asked: Row
) -> Iterator[tuple[Row, datetime, datetime | None, bool]]:
    """Events of the same entity or with the same values: row, time, when known, whether it counts."""
    table, _, column = asked["of"].partition(".")
    if entity is None:
        same = {other: ask.own[other] for other in asked["same"]}
    else:
        same = {dict(links_to(shop, entity))[table][0]: ask.key}
    used = ([column] if column else []) + shop.late_filters.get(asked.get("where", ""), [])
    for row in rows_of(shop, table):
        if any(value is None or row[other] != value for other, value in same.items()):
            continue
        counts = "where" not in asked or shop.truths[asked["where"]](row) is True
        time = row[shop.tree["tables"][table]["time"]]
        yield row, time, known_at(shop, table, row, used), counts


def aggregate(rows: list[Row], asked: Row) -> Fraction | None:
    column = asked["of"].partition(".")[2]
    values = [row[column] for row in rows if row[column] is not None] if column else []
    match asked["aggregate"]:
        case "exists":
            result = Fraction(bool(rows))
        case "count":
            result = Fraction(len(rows))
        case "count_distinct":
            result = Fraction(len(set(values)))
        case "sum":
            result = sum(map(Fraction, values), Fraction(0))
        case "avg":
            result = sum(map(Fraction, values), Fraction(0)) / len(values) if values else None
        case "min":
            result = min(map(Fraction, values), default=None)
        case "max":
            result = max(map(Fraction, values), default=None)
    if result is None:
        return None
    if "at_least" in asked:
        result = max(result, Fraction(asked["at_least"]))
    if "compare" in asked:
        sign, number = asked["compare"].split()
        than = Fraction(number)
        result = Fraction(
            {
                "<": result < than,
                "<=": result <= than,
                ">": result > than,
                ">=": result >= than,
                "=": result == than,
                "==": result == than,
                "!=": result != than,
            }[sign]
        )
    return result
