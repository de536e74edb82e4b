"""SQL that was spelled once where the tables are, evaluated on rows in memory: who evaluates it needs no Ibis."""

from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 2**16
"""Rows that come back together."""
_SAFE: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "threads": 1,
}


def evaluate_sql(sql: str, name: str, rows: pa.Table) -> pa.Table:
    """Give what a query says of `rows`, which it calls `name`.

    DuckDB alone computes it, in memory; it reads no file and no other table.

    >>> evaluate_sql("SELECT a + 1 AS b FROM asks", "asks", pa.table({"a": [1, 2]})).to_pydict()
    {'b': [2, 3]}
    """
    with _engine().cursor() as cursor:
        cursor.register(name, rows)
        return cursor.sql(sql).to_arrow_reader(_AT_ONCE).read_all()


@cache
def _engine() -> "duckdb.DuckDBPyConnection":
    import duckdb  # whoever asks for nothing that is computed need not load it

    engine = duckdb.connect(":memory:", config=_SAFE)
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute("SET lock_configuration = true")
    return engine
