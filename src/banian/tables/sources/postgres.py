"""A table or view of a PostgreSQL server, streamed as Arrow batches; credentials come from libpq's own places.

Those are the environment (PGUSER, PGPASSWORD, …), the password file and the service file. Numbers of any length come
as text, for our inference to type; so does every type that Arrow lacks.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final
from urllib.parse import quote

import pyarrow as pa
from typing_extensions import override

from banian.errors import TableError
from banian.extra import import_extra
from banian.tables.sources.base import AbstractBatches
from banian.tables.sources.files import choose_table

_AS_THEY_ARE = ("bool", "int2", "int4", "int8", "float4", "float8")
_INSTANTS = ("date", "timestamp", "timestamptz")
_HASH, _ROW = "pg_catalog.hashtextextended", '"banian row"'
_TABLES = """
SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$)'
"""
_COLUMNS = """
SELECT a.attname, t.typname
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


@final
class PostgresTable(AbstractBatches):
    """A table on a server; `TABLE` is one on the search path, or `SCHEMA.TABLE`.

    Args:
        url: `postgresql://…`, without a password.
        table: `TABLE` or `SCHEMA.TABLE`.

    Raises:
        DependencyError: the extra `postgres` is not installed.

    """

    def __init__(self, url: str, table: str) -> None:
        self._url, self._asked = url, table
        self._library = import_extra("postgres", "adbc_driver_postgresql.dbapi")

    @override
    def columns(self) -> list[str]:
        with self._cursor() as cursor:
            return [name for name, _ in self._types(cursor)]

    @override
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        with self._cursor() as cursor:
            chosen = ", ".join(
                _select(name, kind) for name, kind in self._types(cursor) if name in columns
            )
            cursor.execute(f"SELECT {chosen} FROM {self._table(cursor)}")
            for batch in cursor.fetch_record_batch():
                yield pa.record_batch(batch.columns, names=batch.schema.names)

    @override
    def sum(self) -> str:
        with self._cursor() as cursor:
            table = self._table(cursor)
            hashed = f"{_HASH}({_ROW}::text, 0)"
            cursor.execute(f"SELECT (count(*), sum({hashed}))::text FROM {table} {_ROW}")
            return str(cursor.fetchone()[0])

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        try:
            with self._library.connect(self._url) as connection, connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                cursor.execute("SET LOCAL TimeZone = 'UTC'")
                yield cursor
        except self._library.Error as error:
            raise TableError(
                f"{self._url} cannot be read: {_without_password(str(error))}",
                remedy="Check host, port and database, and that PGUSER with PGPASSWORD or ~/.pgpass "
                "holds credentials that may read the table.",
            ) from None

    def _table(self, cursor: Any) -> str:  # noqa: ANN401
        cursor.execute(_TABLES)
        there = {
            f"{schema}.{table}": (schema, table, is_visible)
            for schema, table, is_visible in cursor.fetchall()
        }
        names = {label: [label, table][: 1 + seen] for label, (_, table, seen) in there.items()}
        schema, table, _ = there[choose_table(self._asked, names, self._url)]
        return f"{_quote(schema)}.{_quote(table)}"

    def _types(self, cursor: Any) -> list[tuple[str, str]]:  # noqa: ANN401
        table = self._table(cursor).replace("'", "''")
        cursor.execute(_COLUMNS.format(table=table))
        return [(name, kind) for name, kind in cursor.fetchall()]


def _select(name: str, kind: str) -> str:
    column = _quote(name)
    if kind in _AS_THEY_ARE:
        return column
    if kind in _INSTANTS:  # Arrow has no infinity
        return f"CASE WHEN isfinite({column}) THEN {column} END AS {column}"
    return f"{column}::text AS {column}"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _without_password(said: str) -> str:
    password = os.environ.get("PGPASSWORD", "")
    for secret in (password, quote(password, safe="")):
        said = said.replace(secret, "***") if secret else said
    return said.strip().splitlines()[0]
