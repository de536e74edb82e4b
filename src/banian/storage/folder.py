"""Writing a folder: all of it or nothing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banian.storage.partial import claim, make_folder, partial_name, remove, sweep, sync


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to write into, which takes the place of `folder` when the block ends without an error.

    Raises:
        OSError: the disk is full or the folder cannot be written; `folder` is then what it was before.

    """
    make_folder(folder.parent)
    sweep(folder)
    if settled(folder) != folder:
        settled(folder).rename(folder)
    prefix, suffix = partial_name(folder)
    partial = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=folder.parent))
    with claim(partial):
        yield partial
        for path in (*sorted(partial.rglob("*")), partial):
            sync(path)
        partial.chmod(0o755)
        _swap(partial, folder)
    remove(_replaced(folder))


def settled(folder: Path) -> Path:
    """Say where a folder stands; a crash between the renames of a replacement leaves the old one under another name."""
    replaced = _replaced(folder)
    return replaced if replaced.exists() and not folder.exists() else folder


def _swap(partial: Path, folder: Path) -> None:
    replaced = _replaced(folder)
    if folder.exists():
        remove(replaced)
        folder.rename(replaced)
    try:
        partial.rename(folder)
        sync(folder.parent)
    except BaseException:
        if not partial.exists():
            folder.rename(partial)
        if replaced.exists() and not folder.exists():
            replaced.rename(folder)
        raise


def _replaced(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.replaced"
