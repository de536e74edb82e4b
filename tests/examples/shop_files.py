"""A random shop as the files that the package reads."""

import csv
import math
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from oracle_shop import Row, Shop
from shops import ARROW, DERIVED

from banian.schema import ColumnType
from banian.spec import ShopSpec, parse_spec
from banian.tables import Database, read_database


def types_of(shop: Shop) -> dict[str, dict[str, ColumnType]] | None:
    """Columns without a single value have no type to infer."""
    empty = any(
        all(row[column] is None for row in rows)
        for rows in shop.tables.values()
        for column in rows[0]
    )
    kinds = {"number": ColumnType("decimal", scale=2)}
    held = {pa.int64(): ColumnType("whole"), pa.float64(): ColumnType("float")}
    if not empty:
        return None
    return {
        name: {
            column: held.get(ARROW.get(column)) or kinds.get(kind) or ColumnType(kind)  # type: ignore[arg-type]
            for column, kind in columns.items()
        }
        for name, columns in shop.kinds.items()
    }


def write_shop(shop: Shop, folder: Path, *, reverse_columns: bool = False) -> ShopSpec:
    for name, rows in shop.tables.items():
        columns = [column for column in rows[0] if column not in DERIVED]
        columns = columns[::-1] if reverse_columns else columns
        path = folder / shop.tree["tables"][name]["source"]
        if path.suffix == ".parquet":
            fields = {c: pa.array(as_values(rows, c), ARROW[c]) for c in columns}
            pq.write_table(pa.table(fields), path)
            continue
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([as_text(row, column) for column in columns] for row in rows)
    tasks = {
        name: as_question(task) if name in shop.as_text else task
        for name, task in shop.tree["tasks"].items()
    }
    return parse_spec(yaml.safe_dump(shop.tree | {"tasks": tasks}, sort_keys=False))


def as_question(task: dict[str, Any]) -> str:
    text = f"PREDICT {task['label']} FOR EACH {task.get('for_each') or task['rows']}"
    if "where" in task:
        text += f" WHERE {task['where']}"
    if "given" in task:
        text += f' GIVEN "{task["given"]}"'
    if "within" in task:
        text += f" WITHIN {task['within']}"
    if "scenes" in task:
        text += " IN SCENE " + ", ".join(f"'{scene}'" for scene in task["scenes"])
    return text


def as_values(rows: list[Row], column: str) -> list[Any]:
    values = [row[column] for row in rows]
    if ARROW[column] != pa.float64():
        return values
    absent = cycle((None, math.nan, math.inf, -math.inf))
    return [next(absent) if value is None else value for value in values]


def as_text(row: Row, column: str) -> str:
    value = row[column]
    if isinstance(value, datetime):
        return value.date().isoformat() if ARROW[column] == pa.date32() else value.isoformat(" ")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def read_shop(shop: Shop, folder: Path, **options: Any) -> Database:
    folder.mkdir(parents=True, exist_ok=True)
    return read_database(write_shop(shop, folder, **options), folder, types=types_of(shop))
