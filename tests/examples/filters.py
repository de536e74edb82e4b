"""Filters as text, what each of them means, and the columns that it reads."""

from decimal import Decimal
from typing import Any


def greater(column: str, than: Any) -> Any:
    return lambda row: None if row[column] is None else row[column] > than


def both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def contrary(one: bool | None) -> bool | None:
    return None if one is None else not one


FILTERS: dict[str, Any] = {
    "value > 0": greater("value", 0),
    '"count" >= 2 AND paid': lambda row: both(greater("count", 1)(row), row["paid"]),
    "NOT paid": lambda row: contrary(row["paid"]),
    "city = 's' OR value <= 10.5": lambda row: contrary(
        both(
            None if row["city"] is None else row["city"] != "s",
            greater("value", Decimal("10.5"))(row),
        )
    ),
    "city IN ('n', 'NA')": lambda row: None if row["city"] is None else row["city"] in ("n", "NA"),
    "value IS NULL": lambda row: row["value"] is None,
    'net / "count" > 5': lambda row: (
        None if not row["count"] or row["net"] is None else row["net"] / row["count"] > 5
    ),
    '"a score" > 2': greater("a score", 2),
    "late AND value > 0": lambda row: both(row["late"], greater("value", 0)(row)),
    "gain >= 4": greater("gain", 3),
    "pages > 1": greater("pages", 1),
    "TRUE": lambda row: True,
    "age > 25": greater("age", 25),
    "age IS NULL": lambda row: row["age"] is None,
    "plan = 'free'": lambda row: None if row["plan"] is None else row["plan"] == "free",
}
READS = {
    "value > 0": ["value"],
    '"count" >= 2 AND paid': ["count", "paid"],
    "NOT paid": ["paid"],
    "city = 's' OR value <= 10.5": ["city", "value"],
    "city IN ('n', 'NA')": ["city"],
    "value IS NULL": ["value"],
    'net / "count" > 5': ["net", "count"],
    '"a score" > 2': ["a score"],
    "late AND value > 0": ["late", "value"],
    "gain >= 4": ["gain"],
    "pages > 1": ["pages"],
    "TRUE": [],
    "age > 25": ["age"],
    "age IS NULL": ["age"],
    "plan = 'free'": ["plan"],
}
LATE = ('"a score" > 2', "late AND value > 0", "gain >= 4")
OF_ORDERS = list(FILTERS)[: list(FILTERS).index("pages > 1")]
