"""Write the results of a workflow, each file whole or not at all, and by one process at a time."""

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa

from banian.errors import RunError, TableError
from banian.storage import BUNDLE, holds_bundle_itself, is_stream, new_file, only_writer, reason_of
from banian.workflows.table_form import TableParts, form_of, write_form


def write_table(table: pa.Table | TableParts, path: Path) -> None:
    """Write a table in the form that the ending of `path` names, so that `path` holds all of it or what it held before.

    Raises:
        TableError: the ending names no form, the disk is full or the folder cannot be written.

    """
    form = form_of(path)
    parts = table if isinstance(table, TableParts) else TableParts.of(table)
    with explained(path), new_file(path) as partial, partial.open("wb") as file:
        write_form(parts, file, form)


def write_text(text: str, path: Path) -> None:
    """Write a text so that `path` holds the whole of it or what it held before.

    Raises:
        TableError: the disk is full or the folder cannot be written.

    """
    with explained(path), new_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def expect_writable(path: Path) -> None:
    """Try whether a file can be written there, before the work that would be lost; no folder is made.

    Raises:
        TableError: its folder is not there, or takes no file; or it is a folder itself.

    """
    if is_stream(path):
        return
    if path.is_dir():
        raise TableError(f"Cannot write {path}: Is a directory.", remedy="Name a file in it.")
    folder = path.resolve().parent
    if not folder.is_dir():
        raise TableError(
            f"Cannot write {path}: there is no folder {folder}.",
            remedy=f"Make it, mkdir -p {shlex.quote(str(folder))}, or choose another place.",
        )
    with explained(path), tempfile.TemporaryFile(dir=folder):
        pass


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


@contextmanager
def hold_run(run: Path) -> Iterator[None]:
    """Let nobody else write to the folder of a run while the block goes on.

    Raises:
        RunError: somebody does, the folder cannot be made, or it is a bundle.

    """
    if holds_bundle_itself(run):
        raise RunError(
            f"{run} is a bundle, not a run, and nothing is written into a bundle.",
            remedy=f"Name the folder of the run, in which it lies as {BUNDLE}.",
        )
    with ExitStack() as held:
        try:
            held.enter_context(only_writer(run))
        except BlockingIOError:
            raise RunError(
                f"Another process is writing to {run}.",
                remedy="Wait for it, or choose another folder.",
            ) from None
        except OSError as error:
            raise RunError(
                f"Cannot write to {run}: {reason_of(error)}.", remedy="Choose another folder."
            ) from None
        yield
