"""Builds a store: the state of each entity after each of its events, and what entities say of themselves."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import ibis.expr.types as ir

from banian.features.build_asked_row import plan_asks
from banian.features.parts_of_asks import parts_of_asks
from banian.features.store_index import Place, Segment, StoredPart, StoreIndex, sum_declared
from banian.features.store_parts import AbstractStorePart, entities_of, parts_of
from banian.features.stored_rows import StoredRows
from banian.features.stored_tables import kept_types, write_tables
from banian.storage import new_folder
from banian.tables import Database, Table, hold_as


def build_store(
    database: Database,
    folder: Path,
    announce: Callable[[str], None] = lambda _: None,
    *,
    aside: int = 0,
    bounds: Mapping[str, tuple[tuple[str, ...], ...]] | None = None,
    applied: int = 0,
) -> None:
    """Write the store of all entities that the tasks of a database are told of; an earlier one is replaced.

    `announce` is told what comes next, and `aside` is how many rows of the tables were set aside. `applied` is the
    number of the newest event in the log of the run: the rows are all that there is, and it is not read again.
    """
    types = {name: kept_types(table.types) for name, table in database.tables.items()}
    tables = {name: hold_as(table, types[name]) for name, table in database.tables.items()}
    with new_folder(folder) as partial:
        work = announced(((part, None) for part in all_parts(database)), announce)
        (partial / "0").mkdir()
        segment = write_segment(partial / "0", "0", database, tables, work)
        declared = sum_declared(database.spec, database.types)
        asks = plan_asks(database, bounds)
        StoreIndex(declared, types, aside, (segment,), asks, applied).write(partial)


def all_parts(database: Database) -> Iterator[AbstractStorePart]:
    """Give all parts of a store, those of an entity together."""
    for entity in entities_of(database.spec):
        yield from parts_of(database, entity)
    yield from parts_of_asks(database)


def announced(
    work: Iterable[tuple[AbstractStorePart, ir.Table | None]], announce: Callable[[str], None]
) -> Iterator[tuple[AbstractStorePart, ir.Table | None]]:
    """Give the work to do; before it comes to another entity `announce` is told which, each once."""
    told = set[str]()
    for part, keys in work:
        entities = {p.entity for p in part.places if p.kind in ("attributes", "static", "events")}
        for entity in entities - told:
            announce(entity)
        told |= entities
        yield part, keys


def write_segment(
    folder: Path,
    name: str,
    database: Database,
    tables: Mapping[str, Table],
    work: Iterable[tuple[AbstractStorePart, ir.Table | None]],
    replaced: Mapping[Place, int] | None = None,
) -> Segment:
    """Write a segment.

    Args:
        folder: where to; it is there and empty.
        name: what the folder is called in the store.
        database: all rows that there are.
        tables: those among them that the segment is to keep.
        work: the parts to write, each for some keys or, where none are given, for all.
        replaced: how many rows of earlier segments each part is to replace.

    """
    parts = list[StoredPart]()
    for part, keys in work:
        at = range(len(parts), len(parts) + len(part.places))
        folders = [folder / str(number) for number in at]
        wanted = None if keys is None else part.names_of(keys.to_pyarrow())
        facts = part.facts(database)
        batches = database.engine.stream(
            part.select(database, keys)
        )  # nothing else is asked meanwhile
        for written, place in zip(part.write(batches, wanted, folders), folders, strict=True):
            rows, width = StoredRows(place).rows.shape
            gone = (replaced or {}).get(written.place, 0)
            told = {**written.facts, **facts}
            parts.append(replace(written, facts=told, rows=rows, width=width, replaced=gone))
    counts = write_tables(database.engine, tables, folder)
    return Segment(name, tuple(parts), counts)
