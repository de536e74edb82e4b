"""Writing a table: all of it or nothing."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from banian.errors import TableError
from banian.storage import new_file


def write_table(table: pa.Table, path: Path) -> None:
    """Write a Parquet file so that `path` holds the whole of it or what it held before.

    Raises:
        TableError: the disk is full or the folder cannot be written.

    """
    try:
        with new_file(path) as partial:
            pq.write_table(table, partial)
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TableError(
            f"Cannot write {path}: {reason}.", remedy="Make room, or choose another place."
        ) from None
