"""Many random shops side by side in one: each is an island, whose keys are its own, so that none knows of another.

Tables are read once for all of them; the oracle looks at each alone.
"""

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from oracle_shop import Row, Shop
from shop_rows import (
    CUSTOMER,
    DATE,
    EDGES,
    INSTANT,
    ORDER,
    PERHAPS,
    PRODUCT,
    PROFILE,
    QUARTER,
    START,
    VISIT,
    Columns,
    midnight,
)
from shops import with_derived

KEYS = ("customer", "product", "merchant", "sort", "id", "order")
AWAY = 1000


def islands_of(shop: Shop, seed: int, many: int) -> list[Shop]:
    """The shop, and others of its form with random rows."""
    chance = random.Random(seed)
    return [shop, *(island(shop, chance, number) for number in range(1, many))]


def united(islands: list[Shop]) -> Shop:
    """All islands in one."""
    one = islands[0]
    tables = {name: [row for other in islands for row in other.tables[name]] for name in one.tables}
    whole = Shop(one.tree, tables, kinds=one.kinds, questions=one.questions, as_text=one.as_text)
    for other in islands:
        other.whole = whole
    return with_derived(whole)


def with_future(shop: Shop, seed: int, since: datetime, number: int) -> Shop:
    """The same shop elsewhere, to which something happens from an instant on."""
    chance = random.Random(seed)
    tables = {name: [dict(row) for row in rows] for name, rows in shop.tables.items()}
    for name, columns in (("orders", ORDER), ("visits", VISIT)):
        for _ in range(3):
            row = drawn(chance, columns, tables[name][0])
            row["at"] = since + QUARTER * chance.choice(EDGES)
            if "order" in tables[name][0]:
                row["order"] = AWAY // 2 + len(tables[name])
            tables[name].append(row)
    return elsewhere(
        Shop(shop.tree, tables, {}, questions=shop.questions, as_text=shop.as_text), number
    )


def elsewhere(shop: Shop, number: int) -> Shop:
    """Give a shop keys that no other has."""
    for rows in shop.tables.values():
        for row in rows:
            row |= {key: away(row[key], number) for key in KEYS if row.get(key) is not None}
    return with_derived(shop)


def island(shop: Shop, chance: random.Random, number: int) -> Shop:
    like = {"orders": ORDER, "visits": VISIT, "products": PRODUCT, "profiles": PROFILE}
    tables = {}
    for name, rows in shop.tables.items():
        if name == "merchants":
            tables[name] = [dict(row, level=chance.choice(["gold", None])) for row in rows]
        elif name == "customers":
            tables[name] = [dict(row, **drawn(chance, CUSTOMER, row)) for row in rows]
        elif name in ("orders", "visits"):
            size = chance.randint(1, 40 if name == "orders" else 10)
            tables[name] = [drawn(chance, like[name], rows[0]) for _ in range(size)]
            for twin in chance.sample(tables[name], min(2, size)):
                tables[name].append(dict(twin))
        else:  # keys as they are, and other words
            tables[name] = [dict(row, **drawn(chance, like[name], row)) for row in rows]
    moments = [v for rows in tables.values() for row in rows for v in row.values() if is_time(v)]
    for row in tables["orders"]:  # some ask at the very instant at which something becomes known
        if chance.random() < 0.3:
            row["at"] = chance.choice(moments)
    for position, row in enumerate(tables["orders"]):
        if "order" in shop.tables["orders"][0]:
            row["order"] = 2**53 + 1 + position
    found = Shop(shop.tree, tables, {}, questions=shop.questions, as_text=shop.as_text)
    return elsewhere(found, number)


def is_time(value: Any) -> bool:
    return isinstance(value, datetime) and value >= START


def drawn(chance: random.Random, columns: Columns, like: Row) -> Row:
    """A row with those of the columns that another has."""
    row = {name: value_of(chance, values) for name, values in columns.items() if name in like}
    for name in ("value", "rating", "weight"):
        if row.get(name) is not None:
            row[name] = Decimal(row[name])
    return row


def value_of(chance: random.Random, values: str | list[Any]) -> Any:
    if not isinstance(values, str):
        return chance.choice(values)
    none = 0.0 if values == INSTANT else 0.5 if values in (PERHAPS, DATE) else 0.2
    if chance.random() < none:
        return None
    at = START + QUARTER * (
        chance.choice(EDGES) if chance.random() < 0.5 else chance.randint(0, 400)
    )
    return midnight(at) if values == DATE else at


def away(key: Any, number: int) -> Any:
    return key + AWAY * number if isinstance(key, int) else f"{key} of {number}"


def number_of(key: str) -> int:
    """Say on which island a key is."""
    return int(key.split(" of ")[1]) if " of " in key else int(key) // 1000 if key.isdigit() else 0
