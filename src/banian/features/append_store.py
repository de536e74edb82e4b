"""Appends rows to a store: what is known of the keys that they concern is computed anew, and nothing else.

A new segment answers for these keys before the older ones do. No file that the index names is changed, and the index
is replaced as a whole, so that whoever has the store open goes on reading what it was, and a writer that is stopped
anywhere leaves it as it was.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import ibis.expr.types as ir

from banian.errors import BundleError
from banian.features.appended import Appended
from banian.features.build_asked_row import plan_more_asks
from banian.features.build_store import all_parts, announced, write_segment
from banian.features.store_change import Change
from banian.features.store_index import (
    Place,
    Segment,
    StoreIndex,
    read_index,
    refuse_other,
    say_build,
    sum_declared,
)
from banian.features.store_parts import AbstractStorePart
from banian.features.stored_keys import Keys
from banian.features.stored_layers import StoredLayers
from banian.features.stored_parts import open_rows
from banian.features.stored_tables import read_tables
from banian.schema import ColumnType
from banian.spec import ShopSpec
from banian.storage import new_folder
from banian.tables import (
    AbstractEngine,
    Database,
    Table,
    add_rows,
    align_keys,
    changed_rows,
    hold_as,
    join_types,
    replaced_rows,
)

_MOST = 8
"""So many segments a store has at most: each is one more place to look for a key."""
_WASTE = 0.5
"""Of the numbers in a store, the share that may no longer answer."""


def read_stored_tables(engine: AbstractEngine, spec: ShopSpec, folder: Path) -> dict[str, Table]:
    """Read all rows that a store keeps.

    Raises:
        BundleError: there is no store, it is damaged, or another release wrote it.

    """
    index = read_index(folder)
    return read_tables(engine, spec, folder, index, index.segments)


def append_store(
    new: Database,
    folder: Path,
    announce: Callable[[str], None] = lambda _: None,
    *,
    aside: int = 0,
    applied: int | None = None,
) -> Appended:
    """Append the rows of a database to a store; it answers then as one that is built from all rows together.

    A row whose key is stored takes the place of the stored row; one that says the same is left out. Where more than
    half of what is stored would no longer answer, or a column is held in another way from here on, all is written anew
    from the stored rows; where there would be more than eight segments, all but the first become one. Only one process
    may append at a time.

    Args:
        new: the rows, read beside those of `read_stored_tables`.
        folder: the store.
        announce: told of which entity something is written next.
        aside: how many new rows were set aside.
        applied: number of the newest event in the log that the store holds afterwards; where none is given, it stays.

    Raises:
        BundleError: there is no store, or one of another spec; or a new row would change what stored rows took over
            from it (`lookup`).
        TableError: a column holds something else in the new rows.

    """
    index = read_index(folder)
    upto = index.applied if applied is None else applied
    added = {name: table for name, table in new.tables.items() if table.report.kept}
    database, count = new, Appended(0, 0)
    if added:
        database, added, count = _put_together(new, folder, index, added)
    refuse_other(folder, index, new.spec, database.types)
    if not added:
        replace(index, aside=index.aside + aside, applied=upto).write(folder)
        return replace(count, aside=aside)
    step = _rewrite(database)
    if step.types == index.types:
        step = _extend(database, folder, index, added) or step
    name = str(1 + max(int(segment.name) for segment in index.segments))
    with new_folder(folder / name) as partial:
        work = announced(step.work, announce)
        segment = write_segment(partial, name, database, step.tables, work, step.replaced)
    segments = (*step.kept, segment)
    declared = sum_declared(database.spec, database.types)
    asks = plan_more_asks(database, new, index.asks)
    StoreIndex(declared, step.types, index.aside + aside, segments, asks, upto).write(folder)
    _sweep(folder, segments)
    return replace(count, aside=aside)


@final
@dataclass(frozen=True)
class _Step:
    """What is to be written.

    Args:
        kept: the segments that stay.
        types: how the columns are held.
        tables: the rows that the new segment keeps.
        work: the parts that it has, each for some keys or, where none are given, for all.
        replaced: how many rows of the kept segments each part replaces.

    """

    kept: tuple[Segment, ...]
    types: Mapping[str, Mapping[str, ColumnType]]
    tables: Mapping[str, Table]
    work: Iterable[tuple[AbstractStorePart, ir.Table | None]]
    replaced: Mapping[Place, int]


def _put_together(
    new: Database, folder: Path, index: StoreIndex, added: Mapping[str, Table]
) -> tuple[Database, dict[str, Table], Appended]:
    """Give all rows, and those among them that are added since they say something new, held alike and counted."""
    engine, spec = new.engine, new.spec
    stored = read_tables(engine, spec, folder, index, index.segments)
    _refuse_looked_up(spec, folder, stored, added)
    tables, held, replacing = dict(stored), dict[str, Table](), 0
    for name, table in added.items():
        types = join_types(stored[name], table)
        earlier = hold_as(stored[name], types)
        changed = changed_rows(earlier, hold_as(table, types))
        if changed.report.kept:
            held[name] = replace(changed, rows=engine.keep(changed.rows))
            tables[name] = add_rows(earlier, held[name])
            gone = replaced_rows(earlier, held[name])
            replacing += int(gone.count().to_pyarrow().as_py())
    align_keys(spec, tables)
    every = sum(table.report.kept for table in held.values())
    count = Appended(every - replacing, replacing)
    return Database(spec, engine, tables, new.quarantine), held, count


def _rewrite(database: Database) -> _Step:
    """Write all anew."""
    types = {name: dict(table.types) for name, table in database.tables.items()}
    work = ((part, None) for part in all_parts(database))
    return _Step((), types, database.tables, work, {})


def _extend(
    database: Database,
    folder: Path,
    index: StoreIndex,
    added: Mapping[str, Table],
) -> _Step | None:
    """Write what is known of the keys that new rows concern; nothing where that is too much beside what is kept."""
    engine, spec, many = database.engine, database.spec, len(index.segments) >= _MOST
    kept = index.segments[:1] if many else index.segments
    tables = read_tables(engine, spec, folder, index, index.segments[len(kept) :])
    for name, table in added.items():
        tables[name] = add_rows(tables[name], table) if name in tables else table
    earlier = read_tables(engine, spec, folder, index, kept)
    replaced = {name: engine.keep(replaced_rows(earlier[name], t)) for name, t in tables.items()}
    change = Change(database, tables, replaced)
    work = []
    for part in all_parts(database):
        keys = part.affected(change)
        if keys is not None:
            keys = engine.keep(keys)
            if keys.count().to_pyarrow().as_py():
                work.append((part, keys))
    gone = _count_replaced(folder, kept, work)
    every, waste = replace(index, segments=kept).size()
    widths = {part.place: part.width for segment in kept for part in segment.parts}
    waste += sum(rows * widths[place] for place, rows in gone.items())
    if waste > _WASTE * every:
        return None
    return _Step(kept, index.types, tables, work, gone)


def _count_replaced(
    folder: Path,
    kept: tuple[Segment, ...],
    work: Iterable[tuple[AbstractStorePart, ir.Table]],
) -> dict[Place, int]:
    """Count the rows of kept segments that answer until now for the keys of each part."""
    found = {}
    for part, keys in work:
        names = part.names_of(keys.to_pyarrow())
        for place in part.places:
            layers = [
                open_rows(folder, segment, at)
                for segment in reversed(kept)
                for at, one in enumerate(segment.parts)
                if one.place == place.place
            ]
            found[place.place] = StoredLayers([(rows, rows) for rows in layers]).count_rows(
                Keys(names)
            )
    return found


def _refuse_looked_up(
    spec: ShopSpec, folder: Path, stored: Mapping[str, Table], added: Mapping[str, Table]
) -> None:
    """Refuse rows that would change what stored rows took over from them.

    Raises:
        BundleError: there are some.

    """
    for name, table in stored.items():
        for column, path in sorted(spec.source(name).lookup.items()):
            link, _, wanted = path.partition(".")
            entity = spec.source(name).links[link]
            if entity not in added or column not in table.types:
                continue
            key = str(spec.source(entity).key)
            new = added[entity].rows
            said = new.select(key=new[key].cast("string"), said=new[wanted].cast("string"))
            had = table.rows.select(
                link=table.rows[link].cast("string"), had=table.rows[column].cast("string")
            )
            both = had.join(said, had.link == said.key)
            others = both.filter(~both.had.identical_to(both.said)).count().to_pyarrow().as_py()
            if others:
                raise BundleError(
                    f"tables.{name}.lookup.{column}: {others:,} stored rows of {name} took over another "
                    f"{wanted} of {entity} than the new rows have.",
                    remedy=f"Build the store anew from all rows: {say_build(folder)}",
                )


def _sweep(folder: Path, segments: Iterable[Segment]) -> None:
    """Remove the segments that no longer answer, and what stopped writers left."""
    names = {segment.name for segment in segments}
    for left in folder.iterdir():
        if left.is_dir() and left.name not in names:
            shutil.rmtree(left, ignore_errors=True)
