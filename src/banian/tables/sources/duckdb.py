"""A table or view of a DuckDB file: attached to DuckDB, read-only, with the types that it declares."""

from hashlib import sha256
from pathlib import Path
from typing import final

from typing_extensions import override

from banian.storage import sum_of
from banian.tables.engines import AbstractEngine
from banian.tables.sources.base import AbstractSource
from banian.tables.sources.files import choose_table
from banian.tables.sources.raw_rows import RawRows

_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = '{catalog}'
"""


@final
class DuckDBTable(AbstractSource):
    """A table that stays where it is; `TABLE` is that of schema main, or `SCHEMA.TABLE`.

    Args:
        path: The DuckDB file.
        table: `TABLE` or `SCHEMA.TABLE`; None takes the only table there is.

    """

    def __init__(self, path: Path, table: str | None) -> None:
        self._path, self._asked = path, table

    @override
    def read(self, engine: AbstractEngine, name: str, ignore: frozenset[str]) -> RawRows:
        file = str(self._path.absolute())
        catalog = f"file {file}"
        quoted = catalog.replace('"', '""')
        path = file.replace("'", "''")
        reader = engine.reader
        reader.backend.raw_sql(f"ATTACH IF NOT EXISTS '{path}' AS \"{quoted}\" (READ_ONLY)")
        found = reader.backend.raw_sql(
            _TABLES.format(catalog=catalog.replace("'", "''"))
        ).fetchall()
        there = {f"{schema}.{table}": (schema, table) for schema, table in found}
        names = {
            label: [label, table] if schema == "main" else [label]
            for label, (schema, table) in there.items()
        }
        schema, table = there[choose_table(self._asked, names, self._path.name)]
        rows = reader.backend.table(table, database=(catalog, schema))
        ignored = tuple(column for column in rows.columns if column in ignore)
        chosen = rows.drop(*ignored) if ignored else rows
        return RawRows(engine.take(reader.number(chosen)), None, ignored)

    @override
    def sum(self) -> str:
        ahead = self._path.with_name(
            self._path.name + ".wal"
        )  # what was written and not yet moved in
        sums = [sum_of(path) for path in (self._path, ahead) if path.is_file()]
        return sha256(" ".join(sums).encode()).hexdigest()
