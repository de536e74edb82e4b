"""Labels, their maturity and their levels by reading every row of every table for every ask."""

import operator
from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from oracle_shop import (
    Ask,
    Row,
    Shop,
    closure,
    end_of,
    is_late,
    known_at,
    length,
    links_to,
    rows_of,
)
from questions import Tree, columns_of, is_named, is_yes_or_no, parts_of, windows_of

SIGNS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def answer(shop: Shop, ask: Ask, tasks: dict[str, Any], entity: str | None) -> None:
    own: dict[str, Any] = {}
    own_matured: dict[str, datetime | None] = {}
    for name, task in tasks.items():
        label = shop.questions[name]["label"]
        ask.level[name] = Fraction(0)
        if windows_of(label):
            value = value_of(shop, ask, entity, label, ask.own)
            over = [matured_at(shop, ask, entity, part) for part in windows_of(label)]
            matured, covered = max(at for at, _ in over), all(at <= end for at, end in over)
            if has_level(label):
                ask.level[name] = value_of(shop, ask, entity, mirrored(label), ask.own) or Fraction(
                    0
                )
        else:
            value, matured = own_label(shop, ask, task, label)
            covered = matured is not None and matured <= end_of(shop, task["rows"])
        value = Fraction(value) if isinstance(value, bool) else value
        is_known = ask.asked[name] and covered
        own[name], own_matured[name] = (value if is_known else None), matured
    for name in tasks:
        chain = [name]
        while tasks[chain[-1]].get("given"):
            chain.append(tasks[chain[-1]]["given"])
        ask.label[name] = own[name] if all(own[other] == 1 for other in chain[1:]) else None
        moments = [own_matured[other] for other in chain]
        ask.matured[name] = None if None in moments else max(moments)


def own_label(shop: Shop, ask: Ask, task: Row, label: Tree) -> tuple[Any, datetime | None]:
    table, columns = task["rows"], sorted(columns_of(label))
    value = value_of(shop, ask, None, label, ask.own)
    known = known_at(shop, table, ask.own, columns)
    if "within" not in task:
        return value, known
    end = ask.cutoff + length(task["within"])
    read = set().union(*(closure(shop, table, column) for column in columns))
    late = read & set(shop.tree["tables"][table].get("known_at", {}))
    if late and (known is None or known > end):
        is_truth = label[0] == "or" or shop.kinds[table].get(label[1]) == "boolean"
        value = False if is_truth else None
    return value, end


def has_level(label: Tree) -> bool:
    """Numbers have a level; what is yes or no, a name, a list or a query has none."""
    is_query = any(part[0] == "sql" for part in parts_of(label))
    return not (is_query or is_yes_or_no(label) or is_named(label))


def mirrored(tree: Tree) -> Tree:
    if tree[0] == "window" and not tree[1]["start"].startswith("-"):
        flip = {"start": contrary(tree[1]["end"]), "end": contrary(tree[1]["start"])}
        return ("window", tree[1] | flip)
    return tuple(
        mirrored(part)
        if isinstance(part, tuple)
        else [mirrored(one) for one in part]
        if isinstance(part, list)
        else part
        for part in tree
    )


def contrary(bound: str) -> str:
    return bound if bound == "0" else f"-{bound}"


def moved(at: datetime, bound: str) -> datetime:
    if bound == "0":
        return at
    sign, size = (-1, bound[1:]) if bound[0] == "-" else (1, bound)
    if not size.endswith("mo"):
        return at + sign * length(size)
    month = at.year * 12 + at.month - 1 + sign * int(size[:-2])
    year, month = month // 12, month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))


def value_of(shop: Shop, ask: Ask, entity: str | None, tree: Tree, own: Row) -> Any:
    """Evaluate a tree; nothing where it is not known."""

    def inner(part: Tree) -> Any:
        return value_of(shop, ask, entity, part, own)

    match tree:
        case ("window", asked):
            return aggregate(seen(shop, ask, entity, asked), asked, shop)
        case ("sql", start, end):
            asked = window_of_sql(start, end)
            rows = [r for r in seen(shop, ask, entity, asked) if r["value"] is not None]
            return sum((Fraction(row["value"]) for row in rows), Fraction(0)) if rows else None
        case ("column", name):
            return (
                own[name]
                if own[name] is None or isinstance(own[name], bool)
                else Fraction(own[name])
            )
        case ("number", number):
            return Fraction(str(number))
        case ("text", text):
            return text
        case ("filter", text):
            return shop.truths[text](own) if own else None
        case ("and", parts):
            values = [inner(part) for part in parts]
            return False if False in values else None if None in values else True
        case ("or", parts):
            values = [inner(part) for part in parts]
            return True if True in values else None if None in values else False
        case ("not", part):
            value = inner(part)
            return None if value is None else not value
        case ("absent", part):
            return inner(part) is None
        case ("greatest" | "least" as word, parts):
            values = [inner(part) for part in parts]
            return None if None in values else (max if word == "greatest" else min)(values)
        case (sign, left, right):
            one, other = inner(left), inner(right)
            if one is None or other is None or (sign == "/" and other == 0):
                return None
            return one / other if sign == "/" else SIGNS[sign](one, other)
    raise AssertionError(tree)


def window_of_sql(start: str, end: str) -> Row:
    asked = {"function": "sum", "table": "orders", "column": "value", "where": None, "same": []}
    return asked | {"start": start, "end": end, "top": None}


def matured_at(shop: Shop, ask: Ask, entity: str | None, part: Tree) -> tuple[datetime, datetime]:
    """When a window and all in it is known, and up to when its table goes."""
    if part[0] == "sql":
        return moved(ask.cutoff, part[2]), end_of(shop, "orders")
    asked = part[1]
    known = [moved(ask.cutoff, asked["end"])]
    filter_is_late = is_late(shop, asked["table"], filter_columns(shop, asked))
    for _, at, knew, counts in candidates(shop, ask, entity, asked):
        if inside(ask, at, knew, asked) and (counts or filter_is_late):
            known.append(knew)
    return max(known), end_of(shop, asked["table"])


def seen(shop: Shop, ask: Ask, entity: str | None, asked: Row) -> list[Row]:
    """The events in a window that count."""
    return [
        row
        for row, at, knew, counts in candidates(shop, ask, entity, asked)
        if counts and inside(ask, at, knew, asked)
    ]


def inside(ask: Ask, at: datetime, knew: datetime | None, asked: Row) -> bool:
    start, end = moved(ask.cutoff, asked["start"]), moved(ask.cutoff, asked["end"])
    if knew is None:
        return False
    if not asked["start"].startswith("-"):
        return start < at <= end
    edges = start <= at < end if ask.is_row else start < at <= end
    return edges and ask.sees(knew)


def filter_columns(shop: Shop, asked: Row) -> list[str]:
    return shop.late_filters[asked["where"]] if asked["where"] else []


def candidates(
    shop: Shop, ask: Ask, entity: str | None, asked: Row
) -> Iterator[tuple[Row, datetime, datetime | None, bool]]:
    """Events of the same entity or with the same values: row, time, when known, whether it counts."""
    table, column = asked["table"], asked["column"]
    if entity is None:
        same = {other: ask.own[other] for other in asked["same"]}
    else:
        same = {dict(links_to(shop, entity))[table][0]: ask.key}
    used = ([column] if column else []) + filter_columns(shop, asked)
    for row in rows_of(shop, table):
        if any(value is None or row[other] != value for other, value in same.items()):
            continue
        counts = not asked["where"] or shop.truths[asked["where"]](row) is True
        time = row[shop.tree["tables"][table]["time"]]
        yield row, time, known_at(shop, table, row, used), counts


def aggregate(rows: list[Row], asked: Row, shop: Shop) -> Any:
    column = asked["column"]
    rows = [row for row in rows if column is None or row[column] is not None]
    values = [row[column] for row in rows] if column else []
    is_text = column is not None and shop.kinds[asked["table"]][column] == "text"
    numbers = [] if is_text else [Fraction(value) for value in values]
    time = shop.tree["tables"][asked["table"]]["time"]
    in_time = sorted((row[time], row[column]) for row in rows) if column else []
    match asked["function"]:
        case "exists":
            return bool(rows)
        case "count":
            return Fraction(len(rows))
        case "count_distinct":
            return Fraction(len(set(values)))
        case "sum":
            return sum(numbers, Fraction(0))
        case "avg":
            return sum(numbers, Fraction(0)) / len(numbers) if numbers else None
        case "min":
            return min(numbers, default=None)
        case "max":
            return max(numbers, default=None)
        case "list_distinct":
            return sorted(set(values))
        case "first" | "last" as which:
            if not in_time:
                return None
            value = in_time[0 if which == "first" else -1][1]
            return value if is_text else Fraction(value)
    raise AssertionError(asked)
