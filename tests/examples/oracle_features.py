"""Features by reading every row of every table for every ask."""

from fractions import Fraction
from typing import Any

from oracle_shop import DAY, Ask, Row, Shop, closure, known_at, links_to, own_labels, rows_of

WINDOWS = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "all": None}


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
        if kind != "time"
        and column != declared.get("key")
        and not closure(shop, table, column) & hidden
    ]


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
