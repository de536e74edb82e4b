"""The rows of a table that a store keeps, read without an engine."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from banian.features.store_index import TABLES, Segment, damaged, read_index
from banian.storage import reason_of


def read_catalogue(folder: Path, table: str, key: str, columns: Sequence[str]) -> pa.Table:
    """Read columns of a table, one row for each key, the newest; rows without a key are left out.

    Args:
        folder: of the store.
        table: the table.
        key: the column that tells rows apart; it need not be the key of the table.
        columns: the others that are wanted.

    Raises:
        BundleError: the store is damaged.

    """
    wanted = list(dict.fromkeys([key, *columns]))
    parts = []
    for segment, file in _files(folder, table):
        try:
            parts.append(pq.read_table(file, columns=wanted))
        except (OSError, pa.ArrowException) as error:
            raise damaged(
                folder, f"{segment.name}/{TABLES} cannot be read: {reason_of(error)}"
            ) from None
    if not parts:
        return pa.table({name: pa.array([], pa.string()) for name in wanted})
    whole = pa.concat_tables(parts, promote_options="permissive").combine_chunks()
    texts = whole[key].cast(pa.string()).combine_chunks()
    coded = np.asarray(texts.dictionary_encode().indices.fill_null(-1))
    code, first = np.unique(coded, return_index=True)
    return whole.take(pa.array(np.sort(first[code >= 0])))


def sample_catalogue(
    folder: Path, table: str, columns: Sequence[str], *, most: int = 64
) -> pa.Table:
    """Read columns of a few rows of a table, those that were written first.

    Raises:
        BundleError: the store is damaged.

    """
    for segment, file in reversed(list(_files(folder, table))):
        try:
            with pq.ParquetFile(file) as held:
                for batch in held.iter_batches(most, columns=list(columns)):
                    return pa.Table.from_batches([batch])
        except (OSError, pa.ArrowException) as error:
            raise damaged(
                folder, f"{segment.name}/{TABLES} cannot be read: {reason_of(error)}"
            ) from None
    return pa.table({name: pa.array([], pa.string()) for name in columns})


def _files(folder: Path, table: str) -> Iterator[tuple[Segment, Path]]:
    """Give the file of a table in each segment that has rows of it, the newest first."""
    for segment in reversed(read_index(folder).segments):
        if table in segment.tables:
            at = list(segment.tables).index(table)
            yield segment, folder / segment.name / TABLES / f"{at}.parquet"
