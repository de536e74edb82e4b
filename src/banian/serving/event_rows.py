"""Rows of events as they are sent, held against what the columns of their tables were in training."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from banian.bundle import Bundle
from banian.errors import AskError, nearest
from banian.inference.ask_rows import is_nothing
from banian.inference.ask_values import read_values
from banian.schema.keyed_hash import hash_value, read_key
from banian.serving.json_body import parse_json, refuse_large, too_large
from banian.serving.masking import hide_of_ask
from banian.serving.refusal import Refusal
from banian.serving.settings import ServiceSettings
from banian.spec import ShopSpec, SourceTableSpec

Tables = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table → its rows, as they were sent."""
_ASK = re.compile(r"\bask (\d+)\b")
_REMEDY = 'Write {"TABLE": [{"COLUMN": VALUE, …}, …], …}.'


def parse_events(body: bytes, settings: ServiceSettings) -> Tables:
    """Parse the rows of a request.

    Raises:
        Refusal: 400, it is no JSON of tables with rows; 413, there is too much.

    """
    tables = parse_json(body)
    every = 0
    for rows in tables.values():
        if not isinstance(rows, list):
            raise Refusal(400, "A table is no list of rows.", remedy=_REMEDY)
        refuse_large(rows, most_rows=settings.most_rows, most_text=settings.most_text)
        every += len(rows)
    if every > settings.most_rows:
        raise too_large(f"There are {every:,} rows, and a request may have {settings.most_rows:,}.")
    return {name: rows for name, rows in tables.items() if rows}


def type_events(tables: Tables, bundle: Bundle) -> dict[str, pa.Table]:
    """Give the rows of each table typed as they were in training; what they leave out is absent.

    Times without an offset are UTC.

    Raises:
        Refusal: 422, there is no such table or column, a row lacks its key or its time, or a value is of another type.

    """
    return {name: _type_table(name, rows, bundle) for name, rows in tables.items()}


def hash_personal(tables: Mapping[str, pa.Table], spec: ShopSpec) -> dict[str, pa.Table]:
    """Put keyed hashes in the place of personal data, as tables do, so that nothing is written down as it came."""
    found = dict(tables)
    for name, table in tables.items():
        for column in spec.source(name).pii:
            if column in table.column_names:
                key, values = read_key(), table[column].to_pylist()
                hashed = pa.array([hash_value(one, key) for one in values], pa.string())
                place = table.column_names.index(column)
                found[name] = table = table.set_column(place, column, hashed)
    return found


def _type_table(name: str, rows: Sequence[Mapping[str, Any]], bundle: Bundle) -> pa.Table:
    spec = bundle.spec
    sources = [one for one, said in spec.tables.items() if isinstance(said, SourceTableSpec)]
    if name not in sources:
        raise Refusal(422, f"There is no table {_short(name)!r}.", remedy=nearest(name, sources))
    declared, types = spec.source(name), bundle.types[name]
    given = {
        column: kind
        for column, kind in types.items()
        if column not in declared.derive and column not in declared.lookup
    }
    for place, row in enumerate(rows):
        for column in row:
            if column not in given and column not in declared.ignore:
                raise Refusal(
                    422,
                    f"row {place} of {name}: there is no column {_short(column)!r}.",
                    remedy=nearest(column, given),
                )
        for needed in (declared.key, declared.time):
            if needed is not None and is_nothing(row.get(needed)):
                raise Refusal(
                    422,
                    f"row {place} of {name} has no {needed}.",
                    remedy=f"Write {needed} in each row.",
                )
    columns = {}
    for column, kind in given.items():
        values = [row.get(column) for row in rows]
        if (
            column in declared.pii
        ):  # text since it was hashed, as it will be where the table is read
            values = [str(one) if type(one) in (int, float) else one for one in values]
        try:
            read = read_values(values, kind, where=column, places=range(len(rows)), is_text=False)
        except AskError as error:
            problem = hide_of_ask(error.problem, {column: values}, ())
            raise Refusal(
                422, _ASK.sub(rf"row \1 of {name}", problem, count=1), remedy=error.remedy
            ) from None
        if pa.types.is_timestamp(read.type):
            read = read.cast(pa.timestamp("us", "UTC"))
        columns[column] = read
    return pa.table(columns)


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:57]}…"
