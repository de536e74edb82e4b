"""The folder of a run, by whichever name a person gives it."""

from os import PathLike
from pathlib import Path

from banian.storage.folder import settled
from banian.storage.sums import SUMS

BUNDLE = "bundle"
"""Folder of a run in which its bundle lies."""


def run_of(folder: str | PathLike[str]) -> Path:
    """Give the folder of the run that a person means who names it, or the bundle in it.

    A bundle that lies in no run, because somebody copied it alone, is given as it is.
    """
    folder = Path(folder)
    if not holds_bundle_itself(folder) or folder.absolute().name != BUNDLE:
        return folder
    return folder.parent if folder.name else folder.absolute().parent


def holds_bundle_itself(folder: Path) -> bool:
    """Say whether a folder is a bundle, in which nothing else may be written, and no run."""
    return (settled(folder) / SUMS).exists()
