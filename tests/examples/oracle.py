"""Labels, masks, maturity, levels and features by reading every row of every table for every ask. Slow and plain.

It shares no code with the package: tables are lists of dictionaries, the declaration is the tree that YAML would give,
numbers are exact fractions, and every filter is a Python function.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Truth = Callable[[Row], bool | None]

DAY = timedelta(days=1)
WINDOWS = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "all": None}


@dataclass
class Shop:
    """Raw rows in the order of the file, and what was declared about them."""

    tree: dict[str, Any]
    tables: dict[str, list[Row]]
    kinds: dict[str, dict[str, str]] = field(repr=False)
    """Table → column → number, text or time."""
    reads: dict[str, dict[str, list[str]]] = field(default_factory=dict, repr=False)
    """Table → derived column → the columns that it reads."""
    truths: dict[str, Truth] = field(default_factory=dict, repr=False)
    """A filter's text → what it means."""
    late_filters: dict[str, list[str]] = field(default_factory=dict, repr=False)
    """A filter's text → the columns that it reads."""


@dataclass
class Ask:
    """One row of the answer."""

    key: Any
    cutoff: datetime
    is_row: bool
    own: Row
    asked: dict[str, bool] = field(default_factory=dict)
    label: dict[str, Fraction | None] = field(default_factory=dict)
    matured: dict[str, datetime | None] = field(default_factory=dict)
    level: dict[str, Fraction] = field(default_factory=dict)
    present: dict[str, bool] = field(default_factory=dict)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sees(self, at: datetime | None) -> bool:
        """Entities see what happens at the cutoff; rows see what happens before them."""
        if at is None:
            return False
        return at < self.cutoff if self.is_row else at <= self.cutoff

    def sees_within(self, at: datetime | None, window: timedelta | None) -> bool:
        if at is None or not self.sees(at):
            return False
        if window is None:
            return True
        start = self.cutoff - window
        return at >= start if self.is_row else at > start


def length(text: str) -> timedelta:
    return int(text[:-1]) * {"h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}[text[-1]]


def rows_of(shop: Shop, table: str) -> list[Row]:
    """Rows that survive cleaning: those with a time, where the table has one."""
    time = shop.tree["tables"][table].get("time")
    return [row for row in shop.tables[table] if time is None or row[time] is not None]


def latest(shop: Shop) -> datetime:
    times = [
        row[declared["time"]]
        for name, declared in shop.tree["tables"].items()
        if declared.get("time")
        for row in rows_of(shop, name)
    ]
    return max(times)


def known_at(shop: Shop, table: str, row: Row, columns: list[str]) -> datetime | None:
    """When all these values of a row are known; None if one of them never is."""
    declared = shop.tree["tables"][table]
    moments = [row[declared["time"]]]
    for column in columns:
        promised = declared.get("known_at", {}).get(column)
        if promised is not None and promised[0].isdigit():
            moments.append(row[declared["time"]] + length(promised))
        elif promised is not None:
            moments.append(row[promised])
        else:
            moments += [
                row[declared["time"]] + length(task["within"])
                for task in shop.tree["tasks"].values()
                if task.get("rows") == table and task["label"] == column and "within" in task
            ]
        inner = shop.reads.get(table, {}).get(column)
        if inner:
            moments.append(known_at(shop, table, row, inner))
    return None if None in moments else max(moments)


def is_late(shop: Shop, table: str, columns: list[str]) -> bool:
    """Whether any of these columns can become known after its row."""
    declared = shop.tree["tables"][table]
    return any(
        column in declared.get("known_at", {})
        or any(
            task.get("rows") == table and task["label"] == column and "within" in task
            for task in shop.tree["tasks"].values()
        )
        or is_late(shop, table, shop.reads.get(table, {}).get(column, []))
        for column in columns
    )


def links_to(shop: Shop, entity: str) -> Iterator[tuple[str, list[str]]]:
    for name, declared in sorted(shop.tree["tables"].items()):
        links = sorted(c for c, to in declared.get("links", {}).items() if to == entity)
        if links:
            yield name, links


# Asks


def ask_entities(shop: Shop, entity: str, cutoffs: list[datetime]) -> list[Ask]:
    tasks = {n: t for n, t in shop.tree["tasks"].items() if t.get("for_each") == entity}
    asks = []
    for cutoff in sorted(cutoffs):
        for key in sorted(born(shop, entity, cutoff)):
            ask = Ask(key, cutoff, is_row=False, own={})
            for name, task in tasks.items():
                where = task.get("where")
                ask.asked[name] = where is None or look_back(shop, ask, entity, where) == 1
            if any(ask.asked.values()):
                asks.append(ask)
    for ask in asks:
        answer(shop, ask, tasks, entity)
        describe(shop, ask, entity, entity, ask.key)
    return asks


def ask_rows(shop: Shop, table: str) -> list[Ask]:
    tasks = {n: t for n, t in shop.tree["tasks"].items() if t.get("rows") == table}
    declared = shop.tree["tables"][table]
    key = declared.get("key")
    asks = []
    for position, row in enumerate(shop.tables[table]):
        if row[declared["time"]] is None:
            continue
        ask = Ask(row[key] if key else position, row[declared["time"]], is_row=True, own=row)
        for name, task in tasks.items():
            ask.asked[name] = "where" not in task or shop.truths[task["where"]](row) is True
        if any(ask.asked.values()):
            asks.append(ask)
    for ask in asks:
        answer(shop, ask, tasks, None)
        describe_itself(shop, ask, table)
        for column, entity in declared.get("links", {}).items():
            name = entity if entity not in ask.features else f"{entity} by {column}"
            describe(shop, ask, entity, name, ask.own[column])
    return asks


def born(shop: Shop, entity: str, cutoff: datetime) -> set[Any]:
    declared = shop.tree["tables"][entity]
    home = declared.get("from", entity)
    time = shop.tree["tables"][home].get("time")
    return {
        row[declared["key"]]
        for row in rows_of(shop, home)
        if row[declared["key"]] is not None and (time is None or row[time] <= cutoff)
    }


# Labels


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


# Features


def describe_itself(shop: Shop, ask: Ask, table: str) -> None:
    declared = shop.tree["tables"][table]
    found = {column: show(shop, table, column, ask.own) for column in plain(shop, table)}
    at = ask.own[declared["time"]]
    ask.features[table] = found | {"time.hour": at.hour, "time.weekday": at.weekday()}
    ask.present[table] = True


def describe(shop: Shop, ask: Ask, entity: str, name: str, key: Any) -> None:
    found: dict[str, Any] = {}
    ask.present[name] = key is not None
    if "from" not in shop.tree["tables"][entity]:
        ask.present[name] = attributes(shop, ask, entity, key, found)
    for table, links in links_to(shop, entity):
        if shop.tree["tables"][table].get("time"):
            for link in links:
                prefix = table if len(links) == 1 else f"{table}.{link}"
                history(shop, ask, table, link, prefix, key, found)
    ask.features[name] = found


def plain(shop: Shop, table: str) -> list[str]:
    """Columns that are known with their row and describe it."""
    declared = shop.tree["tables"][table]
    hidden = set(declared.get("known_at", {})) | {
        task["label"]
        for task in shop.tree["tasks"].values()
        if task.get("rows") == table and isinstance(task["label"], str)
    }
    return [
        column
        for column, kind in shop.kinds[table].items()
        if kind != "time"
        and column != declared.get("key")
        and not closure(shop, table, column) & hidden
    ]


def closure(shop: Shop, table: str, column: str) -> set[str]:
    inner = shop.reads.get(table, {}).get(column, [])
    return {column}.union(*(closure(shop, table, other) for other in inner))


def show(shop: Shop, table: str, column: str, row: Row) -> Any:
    value, declared = row[column], shop.tree["tables"][table]
    if value is None:
        return None
    names = column in declared.get("links", {}) or column == declared.get("scene")
    return str(value) if names or shop.kinds[table][column] == "text" else Fraction(value)


def attributes(shop: Shop, ask: Ask, entity: str, key: Any, found: Row) -> bool:
    declared = shop.tree["tables"][entity]
    late = declared.get("known_at", {})
    columns = plain(shop, entity) + sorted(late)
    found |= dict.fromkeys(columns)
    for row in rows_of(shop, entity):
        if key is None or row[declared["key"]] != key:
            continue
        if declared.get("time") and not ask.sees(row[declared["time"]]):
            return False
        for column in columns:
            if column not in late or ask.sees(known_at(shop, entity, row, [column])):
                found[column] = show(shop, entity, column, row)
        return True
    return False


def history(shop: Shop, ask: Ask, table: str, link: str, prefix: str, key: Any, found: Row) -> None:
    declared = shop.tree["tables"][table]
    rows = [row for row in rows_of(shop, table) if key is not None and row[link] == key]
    times = [row[declared["time"]] for row in rows if ask.sees(row[declared["time"]])]
    for when, at in (("recency", max(times, default=None)), ("tenure", min(times, default=None))):
        found[f"{prefix}.{when}"] = None if at is None else Fraction((ask.cutoff - at) / DAY)
    for span, window in WINDOWS.items():
        found[f"{prefix}.count.{span}"] = sum(
            ask.sees_within(row[declared["time"]], window) for row in rows
        )
        for column, kind in shop.kinds[table].items():
            if kind == "time" or column in (link, declared.get("key")):
                continue
            values = [
                row[column]
                for row in rows
                if ask.sees_within(known_at(shop, table, row, [column]), window)
                and row[column] is not None
            ]
            if kind == "text" or column in (*declared.get("links", {}), declared.get("scene")):
                found[f"{prefix}.{column}.distinct.{span}"] = len(set(values))
                continue
            total = sum(map(Fraction, values), Fraction(0))
            found[f"{prefix}.{column}.sum.{span}"] = total
            found[f"{prefix}.{column}.mean.{span}"] = total / len(values) if values else None
