"""The tables of a spec, read; where it declares no key, time or link, these are guessed."""

from typing import Any

from banian.proposal import guess_tables
from banian.spec import ShopSpec, SourceTableSpec
from banian.tables import AbstractEngine, Data, Database, read_database
from banian.workflows.progress import Announce, silence


def read_or_guess_tables(
    spec: ShopSpec,
    data: Data,
    announce: Announce,
    *,
    engine: AbstractEngine | None = None,
    warn: Announce = silence,
) -> tuple[Database, dict[str, dict[str, Any]] | None]:
    """Read the tables without any task; give them, and what was guessed of them, as in a spec's `tables`.

    `warn` is told which lines are no rows.

    Raises:
        BanianError: the tables cannot be read.

    """
    bare = spec.model_copy(update={"tasks": {}})
    database = _read(bare, data, announce, engine, warn)
    if not _says_nothing(spec):
        return database, None
    announce("guessing keys, times and links")
    guessed = guess_tables(database)
    bare = ShopSpec.model_validate({**bare.model_dump(by_alias=True), "tables": guessed})
    return _read(bare, data, announce, engine, silence), guessed


def _read(
    spec: ShopSpec,
    data: Data,
    announce: Announce,
    engine: AbstractEngine | None,
    warn: Announce,
) -> Database:
    return read_database(
        spec, data, engine=engine, announce=lambda table: announce(f"reading {table}"), warn=warn
    )


def _says_nothing(spec: ShopSpec) -> bool:
    return not spec.tasks and all(
        isinstance(table, SourceTableSpec) and not (table.key or table.time or table.links)
        for table in spec.tables.values()
    )
