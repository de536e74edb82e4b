"""Writing a table: all of it or nothing."""

import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from banian.errors import TableError


def write_table(table: pa.Table, path: Path) -> None:
    """Write a Parquet file so that `path` holds the whole of it or what it held before.

    Raises:
        TableError: the disk is full or the folder cannot be written.

    """
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        partial = Path(name)
        with os.fdopen(handle, "wb") as file:
            pq.write_table(table, file)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o644)
        partial.replace(path)
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TableError(
            f"Cannot write {path}: {reason}.", remedy="Make room, or choose another place."
        ) from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)
