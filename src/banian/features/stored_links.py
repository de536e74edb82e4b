"""Which rows a store keeps under some keys, and whom these rows name: read from the tables of its segments."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from banian.features.store_index import TABLES, damaged, read_index
from banian.storage import reason_of


def read_stored_links(
    folder: Path, table: str, key: str, columns: Sequence[str], keys: pa.Array
) -> pa.Table:
    """Read some columns of the stored rows that have one of some keys, as text.

    Args:
        folder: the store.
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
    return pa.concat_tables(found)
