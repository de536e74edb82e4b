"""Stores of a random shop: built from all rows at once, or from some, to which the others are appended.

Rows are cut into parts at random, so that events come late, links lead to what comes later, and some rows are updates
of others.
"""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
from oracle_shop import Row, Shop
from shop_files import write_shop

from banian.features import StoredEvents
from banian.features.append_store import append_store, read_stored_tables
from banian.features.asked_row import held_as
from banian.features.build_store import build_store
from banian.features.live_store import LiveStore
from banian.tables import POSITION, Database, DuckDB, build_engine, read_database


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


def store_alive(
    shop: Shop, database: Database, chance: random.Random, folder: Path
) -> tuple[StoredEvents, int]:
    """Store the first part of the rows, and let an open store take the others in, table by table.

    What it leaves to the store on the disk is appended there. Gives as well how often it took rows in.
    """
    spec, types, store = database.spec, database.types, folder / "store"
    live, waiting, taken = None, list[Path](), 0
    for number, tables in enumerate(parts_of(shop, chance, 3)):
        for name in tables if number else ("all",):
            place = folder / f"part {number} {name}"
            place.mkdir()
            some = {name: tables[name]} if number else tables
            write_shop(
                Shop(shop.tree, some, {}, questions=shop.questions, as_text=shop.as_text), place
            )
            if live is None:
                take_in(database, place, store, is_first=True)
                live = LiveStore(spec, types, store, DuckDB())
                continue
            waiting.append(place)
            if live.add(typed(database, place)) is not None:
                taken += 1
                continue
            for one in waiting:
                take_in(database, one, store, is_first=False)
            live, waiting = LiveStore(spec, types, store, DuckDB()), []
    assert live is not None
    return live.events, taken


def typed(database: Database, data: Path) -> dict[str, pa.Table]:
    """Give rows as a request gives them."""
    found = {}
    spec, types = database.spec, database.types
    read = read_database(spec, data, types=types, optional=set(spec.tables))
    for name, table in read.tables.items():
        declared = spec.source(name)
        columns = {}
        for column, kind in types[name].items():
            if column in declared.derive or column in declared.lookup:
                continue
            said = table.rows.order_by(POSITION)[column].cast("string").to_pyarrow()
            form = held_as(kind)
            if pa.types.is_timestamp(form):
                said = said.cast(form).cast(pa.timestamp("us", "UTC"))
            columns[column] = said.cast(form) if pa.types.is_string(said.type) else said
        found[name] = pa.table(columns)
    return found


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
