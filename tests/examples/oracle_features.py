"""Features by reading every row of every table for every ask."""

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import sqrt
from typing import Any

from oracle_paths import Path, next_entities, paths, static_ways
from oracle_shop import DAY, Ask, Row, Shop, closure, delays, known_at, own_labels, rows_of

WINDOWS = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "all": None}
RECENT = ("30d", "all")
MONTH = 30 * DAY


def describe_itself(shop: Shop, ask: Ask, table: str) -> None:
    declared = shop.tree["tables"][table]
    found = say(shop, ask, table, plain(shop, table), ask.own)
    at = ask.own[declared["time"]]
    ask.features[table] = found | {"time.hour": at.hour, "time.weekday": at.weekday()}
    ask.present[table] = True


def compare_itself(shop: Shop, ask: Ask, table: str, names: dict[str, str]) -> None:
    """Own numbers beside what the linked entities had before; `names` maps link to the entity's name."""
    declared = shop.tree["tables"][table]
    for link, name in names.items():
        entity = declared["links"][link]
        way = next(w for w in paths(shop, entity) if (w.table, w.link) == (table, link))
        for column in plain(shop, table):
            if is_number(shop, table, column):
                own = ask.own[column]
                usual = ask.features[name][f"{way.name}.{column}.mean.all"]
                ask.features[table][f"{column}.relative.{link}"] = (
                    None if own is None or not usual else Fraction(own) / usual
                )


def describe(shop: Shop, ask: Ask, entity: str, name: str, key: Any) -> None:
    found: dict[str, Any] = {}
    lists: dict[str, Any] = {}
    ask.present[name] = key is not None
    if "from" not in shop.tree["tables"][entity]:
        ask.present[name] = attributes(shop, ask, entity, key, found)
    ask.ids[name] = str(key) if ask.present[name] else None
    for table, link, prefix in static_ways(shop, entity):
        found |= described(shop, ask, table, link, prefix, key if ask.present[name] else None)
    for way in paths(shop, entity):
        history(shop, ask, way, key, found, lists)
    ask.features[name], ask.sequences[name] = found, lists


def describe_parents(shop: Shop, ask: Ask, entity: str, key: Any) -> None:
    declared = shop.tree["tables"][entity]
    for column, parent in next_entities(shop, entity).items():
        if parent in ask.features:
            continue
        seen = [
            row[column]
            for row in rows_of(shop, entity)
            if key is not None
            and row[declared["key"]] == key
            and (not declared.get("time") or ask.sees(row[declared["time"]]))
        ]
        describe(shop, ask, parent, parent, seen[0] if seen else None)


def described(shop: Shop, ask: Ask, table: str, link: str, prefix: str, key: Any) -> Row:
    """What one row says of the entity that it names; a table with several rows for many of them says nothing."""
    columns = [column for column in plain(shop, table) if column != link]
    rows = [row for row in (shop.whole or shop).tables[table] if row[link] is not None]
    of_each = Counter(row[link] for row in rows)
    if sum(n > 1 for n in of_each.values()) > 0.01 * len(of_each):
        return {}
    own = [row for row in rows if row[link] == key and of_each[key] == 1]
    told = say(shop, ask, table, columns, own[0] if own else dict.fromkeys(columns))
    return {f"{prefix}.{name}": value for name, value in told.items()}


def plain(shop: Shop, table: str) -> list[str]:
    """Columns that are known with their row and describe it."""
    declared = shop.tree["tables"][table]
    hidden = set(declared.get("known_at", {})).union(
        *(
            closure(shop, table, column)
            for read in own_labels(shop, table).values()
            for column in read
        )
    )
    return [
        column
        for column, kind in shop.kinds[table].items()
        if column not in (declared.get("key"), declared.get("time"))
        and column not in declared.get("known_at", {}).values()
        and not closure(shop, table, column) & hidden
    ]


def is_name(shop: Shop, table: str, column: str) -> bool:
    declared = shop.tree["tables"][table]
    named = (*declared.get("links", {}), declared.get("scene"))
    return column in named or shop.kinds[table][column] == "text"


def is_number(shop: Shop, table: str, column: str) -> bool:
    return shop.kinds[table][column] == "number" and not is_name(shop, table, column)


def say(shop: Shop, ask: Ask, table: str, columns: list[str], row: Row) -> Row:
    """What a row says at the moment of an ask: of a date its age, unless it lies ahead."""
    found = {}
    for column in columns:
        if shop.kinds[table][column] != "time":
            found[column] = show(shop, table, column, row)
        else:
            date = row[column]
            is_past = date is not None and date <= ask.cutoff
            found[f"{column}.age"] = Fraction((ask.cutoff - date) / DAY) if is_past else None
    return found


def show(shop: Shop, table: str, column: str, row: Row) -> Any:
    value = row[column]
    if value is None:
        return None
    return str(value) if is_name(shop, table, column) else Fraction(value)


def attributes(shop: Shop, ask: Ask, entity: str, key: Any, found: Row) -> bool:
    declared = shop.tree["tables"][entity]
    late = declared.get("known_at", {})
    columns = plain(shop, entity) + sorted(late)
    found |= say(shop, ask, entity, columns, dict.fromkeys(columns))
    for row in rows_of(shop, entity):
        if key is None or row[declared["key"]] != key:
            continue
        if declared.get("time") and not ask.sees(row[declared["time"]]):
            return False
        seen = [c for c in columns if c not in late or ask.sees(known_at(shop, entity, row, [c]))]
        found |= say(shop, ask, entity, seen, row)
        return True
    return False


def history(shop: Shop, ask: Ask, way: Path, key: Any, found: Row, lists: Row) -> None:
    table, name = way.table, way.name
    declared = shop.tree["tables"][table]
    columns = sorted(
        column
        for column, kind in shop.kinds[table].items()
        if kind != "time" and column not in (way.link, declared.get("key"))
    )
    clocks: dict[frozenset[Any], list[str]] = {frozenset(): []}
    for column in columns:
        clocks.setdefault(delays(shop, table, column), []).append(column)
    for clock, together in clocks.items():
        together.sort(key=lambda c: (is_name(shop, table, c), shop.kinds[table][c] == "boolean"))
        events = []
        for row in rows_of(shop, table):
            if key is None or way.key(shop, row) != key:
                continue
            at, since = known_at(shop, table, row, together), way.since(shop, row)
            if at and since:
                content = [(row[c] is None, row[c] or 0) for c in together]
                events.append((max(at, since), content, row))
        events = sorted((e for e in events if ask.sees(e[0])), key=lambda event: event[:2])
        if not clock:
            moments(ask, [at for at, _, _ in events], name, key, found, lists)
        for column in together:
            values = [(at, row[column]) for at, _, row in events]
            lists[f"{name}.{column}"] = [
                show(shop, table, column, row) for _, _, row in reversed(events[-20:])
            ]
            known = [(at, value) for at, value in values if value is not None]
            summary = summarise(shop, ask, table, column, known)
            for kind, value in summary.items():
                found[f"{name}.{column}.{kind}"] = None if key is None else value


def moments(ask: Ask, times: list[datetime], name: str, key: Any, found: Row, lists: Row) -> None:
    gaps = [Fraction((b - a) / timedelta.resolution) for a, b in pairwise(times)]
    gaps = [gap * Fraction(timedelta.resolution / DAY) for gap in gaps]
    lists[f"{name}.gap.days"] = [*reversed([None, *gaps][-20:])] if times else []
    gaps = [gap for gap in gaps if gap]
    own: Row = {}
    for when, at in (("recency", max(times, default=None)), ("tenure", min(times, default=None))):
        own[when] = None if at is None else Fraction((ask.cutoff - at) / DAY)
    mean = sum(gaps) / len(gaps) if gaps else None
    own |= {"gap.mean": mean, "gap.std": deviation(gaps)}
    own["gap.due"] = own["recency"] / mean if mean else None
    own |= {f"gap.{back}": pick(gaps, back) for back in range(1, 4)}
    for span, window in WINDOWS.items():
        own[f"count.{span}"] = sum(ask.sees_within(at, window) for at in times)
    months = [sum(in_month(ask, at, back) for at in times) for back in range(3)]
    own |= {f"count.{kind}": value for kind, value in trend(months).items()}
    found |= {f"{name}.{kind}": None if key is None else value for kind, value in own.items()}


def summarise(
    shop: Shop, ask: Ask, table: str, column: str, known: list[tuple[datetime, Any]]
) -> Row:
    found: Row = {}
    windows = {
        span: [value for at, value in known if ask.sees_within(at, window)]
        for span, window in WINDOWS.items()
    }
    if is_name(shop, table, column):
        return {f"distinct.{span}": len(set(windows[span])) for span in RECENT}
    exact = {span: [Fraction(value) for value in values] for span, values in windows.items()}
    means = {span: sum(v) / len(v) if v else None for span, v in exact.items()}
    if shop.kinds[table][column] == "boolean":
        return {f"mean.{span}": mean for span, mean in means.items()}
    found |= {f"sum.{span}": sum(exact[span]) for span in RECENT}
    found |= {f"mean.{span}": means[span] for span in RECENT}
    values = exact["all"]
    found |= {"min.all": min(values, default=None), "max.all": max(values, default=None)}
    found["std.all"] = deviation(values)
    below = sum(value < 0 for value in values)
    found["negative.all"] = Fraction(below, len(values)) if values else None
    found |= {f"last.{back}": pick(values, back) for back in range(1, 4)}
    months = [
        sum(Fraction(value) for at, value in known if in_month(ask, at, back)) for back in range(3)
    ]
    return found | {f"sum.{kind}": value for kind, value in trend(months).items()}


def in_month(ask: Ask, at: datetime, back: int) -> bool:
    inside = ask.sees_within(at, (back + 1) * MONTH)
    return inside and not (back and ask.sees_within(at, back * MONTH))


def trend(months: list[Any]) -> Row:
    newest, middle, oldest = months
    size = abs(newest) + abs(middle)
    return {
        "fading": Fraction(4 * newest + 2 * middle + oldest) / 7,
        "trend": Fraction(newest - middle) / size if size else None,
    }


def pick(values: list[Any], back: int) -> Any:
    return values[-back] if back <= len(values) else None


def deviation(values: list[Fraction]) -> float | None:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))
