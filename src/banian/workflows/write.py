"""Writing what a workflow found: all of it or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from banian.errors import TableError
from banian.storage import new_file, reason_of


def write_table(table: pa.Table, path: Path) -> None:
    """Write a Parquet file so that `path` holds the whole of it or what it held before.

    Raises:
        TableError: the disk is full or the folder cannot be written.

    """
    with explained(path), new_file(path) as partial:
        pq.write_table(table, partial)


def write_text(text: str, path: Path) -> None:
    """Write a text so that `path` holds the whole of it or what it held before.

    Raises:
        TableError: the disk is full or the folder cannot be written.

    """
    with explained(path), new_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong while `path` is written into an error with a remedy.

    Raises:
        TableError: the disk is full or the folder cannot be written.

    """
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise TableError(
            f"Cannot write {path}: {reason_of(error)}.",
            remedy="Make room, or choose another place.",
        ) from None
