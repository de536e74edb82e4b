"""Rows that come behind stored ones: read as these were, and told what is gone, unreadable, or links to nowhere."""

from collections.abc import Mapping
from pathlib import Path

from banian.bundle import Bundle
from banian.errors import TableError
from banian.examples import find_unneeded_columns
from banian.spec import SourceTableSpec
from banian.tables import (
    AbstractEngine,
    Database,
    GivenData,
    Table,
    find_drift,
    gather_data,
    read_database,
)
from banian.workflows.new_data import NewData, uses_of
from banian.workflows.progress import Announce


def read_more_data(
    bundle: Bundle,
    stored: Mapping[str, Table],
    data: GivenData,
    *,
    engine: AbstractEngine,
    force: bool,
    announce: Announce,
    warn: Announce,
) -> tuple[Database, NewData]:
    """Read rows that are to come behind those that are stored, and compare their columns with training.

    Tables that are not there have no new rows. Links are looked for among stored rows, too.

    Raises:
        TableError: there is no such folder; or a column that answers are made from is gone or cannot be read, unless
            `force` says to go on.

    """
    if not isinstance(data, Mapping) and not Path(data).is_dir():
        raise TableError(
            f"There is no folder {data}, and so no new rows.",
            remedy="Name the folder of the new files.",
        )
    database = read_database(
        bundle.spec,
        gather_data(data),
        engine=engine,
        types=bundle.types,
        optional={n for n, t in bundle.spec.tables.items() if isinstance(t, SourceTableSpec)},
        stored=stored,
        announce=lambda table: announce(f"reading {table}"),
        warn=warn,
    )
    found = _compare(bundle, database)
    if not force:
        found.refuse()
    return database, found


def _compare(bundle: Bundle, database: Database) -> NewData:
    """Compare the tables that have rows."""
    unneeded, uses = find_unneeded_columns(bundle.spec), uses_of(bundle, bundle.spec.tasks)
    lost, warnings, end = [], [], database.latest()
    there = {name: table for name, table in database.tables.items() if table.report.read}
    if not there:
        warnings.append("there are no new rows: none of the tables is there, or all are empty")
    for name, table in there.items():
        profile, used = bundle.profiles.get(name, {}), uses.get(name, ())
        for drift in find_drift(database.engine, table, profile, used, end):
            column = drift.path.rpartition(".")[2]
            if drift.is_lost and column not in unneeded.get(name, ()):
                lost.append(drift)
            else:
                warnings.append(str(drift))
        for column in table.spec.links:
            for fault, rows in table.report.noticed.items():
                if fault.startswith(f"{column} names no row of "):
                    warnings.append(f"tables.{name}: of {rows:,} of the new rows {fault}")
    return NewData(tuple(lost), tuple(warnings))
