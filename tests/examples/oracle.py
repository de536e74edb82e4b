"""Who is asked about, and all that the package should say of them, by reading every row for every ask."""

from datetime import datetime
from typing import Any

from oracle_features import compare_itself, describe, describe_itself, describe_parents
from oracle_labels import answer, value_of
from oracle_shop import Ask, Row, Shop, rows_of


def ask_entities(shop: Shop, entity: str, cutoffs: list[datetime]) -> list[Ask]:
    tasks = {n: t for n, t in shop.tree["tasks"].items() if t.get("for_each") == entity}
    asks = []
    for cutoff in sorted(cutoffs):
        for key in sorted(born(shop, entity, cutoff)):
            ask = Ask(key, cutoff, is_row=False, own={})
            for name in tasks:
                where = shop.questions[name].get("where")
                own = person(shop, entity, key)
                holds = where is None or value_of(shop, ask, entity, where, own) is True
                ask.asked[name] = holds
            if any(ask.asked.values()):
                asks.append(ask)
    for ask in asks:
        answer(shop, ask, tasks, entity)
        describe(shop, ask, entity, entity, ask.key)
        describe_parents(shop, ask, entity, ask.key)
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
            where = shop.questions[name].get("where")
            holds = where is None or value_of(shop, ask, None, where, row) is True
            ask.asked[name] = holds and ("scenes" not in task or row["city"] in task["scenes"])
        if any(ask.asked.values()):
            asks.append(ask)
    for ask in asks:
        answer(shop, ask, tasks, None)
        describe_itself(shop, ask, table)
        names = {}
        for column, entity in declared.get("links", {}).items():
            names[column] = entity if entity not in ask.features else f"{entity} by {column}"
            describe(shop, ask, entity, names[column], ask.own[column])
        for column, entity in declared.get("links", {}).items():
            describe_parents(shop, ask, entity, ask.own[column])
        compare_itself(shop, ask, table, names)
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


def person(shop: Shop, entity: str, key: Any) -> Row:
    """The entity's own row, where it has one."""
    declared = shop.tree["tables"][entity]
    rows = [] if "from" in declared else shop.tables[entity]
    return next((row for row in rows if row[declared["key"]] == key), {})
