"""Writing what a workflow found: all of it or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from banian.errors import TableError
from banian.storage import new_file, reason_of
from banian.workflows.table_form import form_of, write_form


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table in the form that the ending of `path` names, so that `path` holds all of it or what it held before.

    Raises:
        TableError: the ending names no form, the disk is full or the folder cannot be written.

    """
    form = form_of(path)
    with explained(path), new_file(path) as partial, partial.open("wb") as file:
        write_form(table, file, form)


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
