"""Which events reach an entity, directly or through one other entity."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oracle_shop import Row, Shop, links_to, rows_of

ALWAYS = datetime(1, 1, 1)


@dataclass
class Path:
    name: str
    table: str
    link: str
    via: str | None = None
    onward: str | None = None

    def between(self, shop: Shop, row: Row) -> Row | None:
        key = shop.tree["tables"][self.via]["key"]
        found = [r for r in rows_of(shop, str(self.via)) if r[key] == row[self.link] is not None]
        return found[0] if found else None

    def key(self, shop: Shop, row: Row) -> Any:
        if self.via is None:
            return row[self.link]
        other = self.between(shop, row)
        return None if other is None else other[self.onward]

    def since(self, shop: Shop, row: Row) -> datetime | None:
        if self.via is None:
            return ALWAYS
        other, time = self.between(shop, row), shop.tree["tables"][self.via].get("time")
        return None if other is None else other[time] if time else ALWAYS


def paths(shop: Shop, entity: str) -> Iterator[Path]:
    timed = [name for name, table in shop.tree["tables"].items() if table.get("time")]
    direct = dict(links_to(shop, entity))
    for table, links in direct.items():
        if table in timed:
            for link in links:
                yield Path(table if len(links) == 1 else f"{table}.{link}", table, link)
    for via in shop.tree["tables"]:
        onward = [column for column, to in next_entities(shop, via).items() if to == entity]
        for table, links in links_to(shop, via):
            if via == entity or table in direct or table == entity or table not in timed:
                continue
            for link in links:
                for column in onward:
                    events = table if len(links) == 1 else f"{table}.{link}"
                    way = via if len(onward) == 1 else f"{via}.{column}"
                    yield Path(f"{events} via {way}", table, link, via, column)


def static_ways(shop: Shop, entity: str) -> Iterator[tuple[str, str, str]]:
    """Tables without time that describe an entity: the table, its column that names it, and how features begin."""
    declared = shop.tree["tables"][entity]
    for table, links in links_to(shop, entity):
        if not shop.tree["tables"][table].get("time") and table != declared.get("from"):
            for link in links:
                yield table, link, table if len(links) == 1 else f"{table}.{link}"
    if entity == "products" and shop.tree["tables"].get("profiles", {}).get("key"):
        yield "profiles", "product", "profiles"  # by its key, which needs no link


def next_entities(shop: Shop, entity: str) -> dict[str, str]:
    declared = shop.tree["tables"][entity]
    if "from" in declared or "key" not in declared:
        return {}
    found = {
        other["key"]: name
        for name, other in shop.tree["tables"].items()
        if other.get("from") == entity
    }
    return dict(sorted((found | declared.get("links", {})).items()))
