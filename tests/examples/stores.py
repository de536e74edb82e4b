"""Stores of a random shop: built from all rows at once, or from some, to which the others are appended.

Rows are cut into parts at random, so that events come late, links lead to what comes later, and some rows are updates
of others.
"""

import random
from pathlib import Path
from typing import Any

from oracle_shop import Row, Shop
from shop_files import write_shop

from banian.features import StoredEvents
from banian.features.append_store import append_store, read_stored_tables
from banian.features.build_store import build_store
from banian.tables import Database, build_engine, read_database


def store_at_once(database: Database, folder: Path) -> StoredEvents:
    build_store(database, folder / "store")
    return StoredEvents(database.spec, database.types, folder / "store")


def store_by_parts(
    shop: Shop, database: Database, chance: random.Random, folder: Path
) -> StoredEvents:
    """Store the first part of the rows, and append the others to it."""
    for number, tables in enumerate(parts_of(shop, chance, 2 if chance.random() < 0.7 else 3)):
        place = folder / f"part {number}"
        place.mkdir()
        part = Shop(shop.tree, tables, {}, questions=shop.questions, as_text=shop.as_text)
        write_shop(part, place)
        take_in(database, place, folder / "store", is_first=number == 0)
    return StoredEvents(database.spec, database.types, folder / "store")


def take_in(database: Database, data: Path, store: Path, *, is_first: bool) -> None:
    spec, engine = database.spec, build_engine("duckdb")
    options: dict[str, Any] = {"types": database.types, "optional": set(spec.tables)}
    if is_first:
        build_store(read_database(spec, data, engine=engine, **options), store)
        return
    stored = read_stored_tables(engine, spec, store)
    append_store(read_database(spec, data, engine=engine, stored=stored, **options), store)


def parts_of(shop: Shop, chance: random.Random, many: int) -> list[dict[str, list[Row]]]:
    """Cut the rows of a shop; what comes in a later part may replace a row with its key that says something else."""
    parts: list[dict[str, list[Row]]] = [{} for _ in range(many)]
    share = chance.random() ** 2
    for name, rows in shop.tables.items():
        key, time = (shop.tree["tables"][name].get(role) for role in ("key", "time"))
        for row in rows:
            part = 0 if chance.random() > share else chance.randrange(many)
            parts[part].setdefault(name, []).append(row)
            is_used = time is None or row[time] is not None  # what is set aside replaces nothing
            if key is not None and is_used and part and chance.random() < 0.3:
                earlier = dict(chance.choice(rows), **{key: row[key]})
                parts[chance.randrange(part)].setdefault(name, []).append(earlier)
    return parts
