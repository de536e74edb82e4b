"""One table in every form that a file can have."""

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

Columns = dict[str, list[Any]]
FORMS = ("csv", "csv.gz", "parquet", "jsonl", "ndjson.gz", "xlsx", "sqlite", "duckdb")


def write(folder: Path, form: str, columns: Columns) -> str:
    """Write a table and give the text of its source."""
    path = folder / f"events.{form}"
    path.unlink(missing_ok=True)
    rows = list(zip(*columns.values(), strict=True))
    match form:
        case "csv":
            pc.write_csv(pa.table(plain(columns)), path)
        case "csv.gz":
            pc.write_csv(pa.table(plain(columns)), folder / "plain.csv")
            path.write_bytes(gzip.compress((folder / "plain.csv").read_bytes(), 1))
        case "parquet":
            pq.write_table(pa.table(columns), path)
        case "jsonl" | "ndjson.gz":
            text = "".join(
                json.dumps(dict(zip(columns, map(said, row), strict=True))) + "\n" for row in rows
            )
            path.write_bytes(text.encode() if form == "jsonl" else gzip.compress(text.encode(), 1))
        case "xlsx":
            write_sheet(path, "events", [list(columns), *rows])
            return "events.xlsx#events"
        case "sqlite":
            names = ", ".join(f'"{name}"' for name in columns)
            with closing(sqlite3.connect(path)) as file, file:
                file.execute(f"CREATE TABLE events ({names})")
                marks = ", ".join("?" * len(columns))
                stored = [[said(value) for value in row] for row in rows]
                file.executemany(f"INSERT INTO events VALUES ({marks})", stored)
            return "events.sqlite#events"
        case "duckdb":
            with duckdb.connect(str(path)) as file:
                file.register("here", pa.table(columns))
                file.execute("CREATE TABLE events AS SELECT * FROM here")
            return "events.duckdb#events"
    return path.name


def write_sheet(path: Path, name: str, rows: list[Any]) -> None:
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append([str(v) if isinstance(v, Decimal) else v for v in row])
    book.save(path)


def plain(columns: Columns) -> Columns:
    return {name: [said(value) for value in values] for name, values in columns.items()}


def said(value: Any) -> Any:
    """Write what a loose format has no type for the way that people do."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value
