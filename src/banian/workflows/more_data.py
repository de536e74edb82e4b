"""Rows that come behind stored ones: read as these were, and told what is gone, unreadable, or links to nowhere."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from banian.bundle import Bundle
from banian.errors import TableError
from banian.examples import find_unneeded_columns
from banian.spec import FILE_SUFFIXES, ShopSpec, SourceTableSpec, parse_source
from banian.tables import (
    AbstractEngine,
    Database,
    GivenData,
    Table,
    find_drift,
    gather_data,
    read_database,
)
from banian.workflows.new_data import NewData, compare_aside, uses_of
from banian.workflows.progress import Announce


def read_more_data(
    bundle: Bundle,
    stored: Mapping[str, Table],
    data: GivenData,
    *,
    engine: AbstractEngine,
    force: bool,
    is_hashed: bool = False,
    announce: Announce,
    warn: Announce,
) -> tuple[Database, NewData]:
    """Read rows that are to come behind those that are stored, and compare their columns with training.

    Tables that are not there have no new rows. Links are looked for among stored rows, too. `is_hashed` says that
    personal data are hashes already.

    Raises:
        TableError: there is no such folder, or it holds files and none of a table; or a column that answers are made
            from is gone or cannot be read, unless `force` says to go on.

    """
    if not isinstance(data, Mapping) and not Path(data).is_dir():
        raise TableError(
            f"There is no folder {data}, and so no new rows.",
            remedy="Name the folder of the new files.",
        )
    if not isinstance(data, Mapping):
        for text in _find_strays(bundle.spec, Path(data)):
            warn(text)
    database = read_database(
        bundle.spec,
        gather_data(data),
        engine=engine,
        types=bundle.types,
        optional={n for n, t in bundle.spec.tables.items() if isinstance(t, SourceTableSpec)},
        stored=stored,
        is_hashed=is_hashed,
        announce=lambda table: announce(f"reading {table}"),
        warn=warn,
    )
    found = _compare(bundle, database)
    if not force:
        found.refuse()
    return database, found


def _find_strays(spec: ShopSpec, folder: Path) -> Iterator[str]:
    """Report files in a folder of new rows that belong to no table, where those of other tables are not there.

    Raises:
        TableError: nothing else lies there.

    """
    declared = [table for table in spec.tables.values() if isinstance(table, SourceTableSpec)]
    sources = [parse_source(t.source, t.format) for t in declared if t.source is not None]
    files = {one.place for one in sources if one.kind != "postgres"}
    absent = sorted(place for place in files if not (folder / place).is_file())
    named = {(folder / place).resolve() for place in files}
    strays = sorted(
        file.name
        for file in folder.iterdir()
        if file.name.casefold().endswith(FILE_SUFFIXES) and file.resolve() not in named
    )
    if not (strays and absent):
        return
    noun = "belongs" if len(strays) == 1 else "belong"
    said = f"{', '.join(strays)} in {folder} {noun} to no table"
    guesses = sorted({guess for stray in strays for guess in _guess(stray, absent)})
    meant = f" Did you mean {', '.join(guesses)}?" if guesses else ""
    if len(absent) == len(files) == len(sources):
        raise TableError(
            f"{said}, and nothing else lies there.",
            remedy=f"New rows are looked for in {', '.join(absent)}.{meant}",
        )
    yield f"{said}; of the tables' files {', '.join(absent)} are not there.{meant}"


def _guess(stray: str, absent: Sequence[str]) -> list[str]:
    """Name the file of a table that a stray one was probably meant to be: named alike, or ending otherwise."""
    stem = stray.casefold().partition(".")[0]
    same = [place for place in absent if place.casefold().partition(".")[0] == stem]
    return same or difflib.get_close_matches(stray, absent, n=1)


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
            is_needed = column not in unneeded.get(name, ())
            if drift.is_lost and is_needed:
                lost.append(drift)
            elif is_needed or drift.absent is None:  # the others become known later
                warnings.append(str(drift))
        warnings += compare_aside(table, bundle.card.get("tables", {}).get(name))
        for column in table.spec.links:
            for fault, rows in table.report.noticed.items():
                if fault.startswith(f"{column} names no row of "):
                    warnings.append(f"tables.{name}: of {rows:,} of the new rows {fault}")
    return NewData(tuple(lost), tuple(warnings))
