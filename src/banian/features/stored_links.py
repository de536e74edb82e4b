"""Which rows are stored under some keys, and whom they name: read from the tables of the segments, and from the log."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from banian.features.event_log import EVENTS, EventLog
from banian.features.store_index import TABLES, damaged, read_index
from banian.storage import reason_of


def read_stored_links(
    folder: Path, table: str, key: str, columns: Sequence[str], keys: pa.Array
) -> pa.Table:
    """Read some columns of the stored rows that have one of some keys, as text.

    Args:
        folder: the store; the log of its run is read, too.
        table: whose rows.
        key: its column that names a row.
        columns: those to give.
        keys: the keys, as text.

    Returns:
        A row for each stored row, of a key that was replaced every version of it; without `key` itself.

    Raises:
        BundleError: there is no store, or it is damaged.

    """
    index = read_index(folder)
    found = [pa.table({name: pa.nulls(0, pa.string()) for name in columns})]
    for segment in index.segments:
        if not segment.tables.get(table):
            continue
        place = f"{segment.name}/{TABLES}/{list(segment.tables).index(table)}.parquet"
        try:
            rows = pq.read_table(folder / place, columns=list(dict.fromkeys((key, *columns))))
        except (OSError, pa.ArrowException) as error:
            raise damaged(folder, f"{place} cannot be read: {reason_of(error)}") from None
        rows = rows.filter(pc.is_in(rows[key].cast(pa.string()), keys))
        found.append(pa.table({name: rows[name].cast(pa.string()) for name in columns}))
    for record in EventLog(folder.parent / EVENTS).follow():
        if record.number > index.applied and table in record.rows:
            rows = record.rows[table]
            rows = rows.filter(pc.is_in(rows[key].cast(pa.string()), keys))
            found.append(pa.table({name: _told(rows, name) for name in columns}))
    return pa.concat_tables(found)


def _told(rows: pa.Table, column: str) -> pa.Array | pa.ChunkedArray:
    """Give a column as text, null where the rows of the log do not say it, since it follows from others."""
    there = column in rows.column_names
    return rows[column].cast(pa.string()) if there else pa.nulls(len(rows), pa.string())
