"""The files of a bundle, and whether they are whole."""

from pathlib import Path
from urllib.parse import quote

from banian.errors import BundleError
from banian.storage import SUMS, read_sums, sum_of

FORMAT = 9
"""Raised when one Banian cannot read what another writes; since 9 fields of text stand beside vocabularies, and trees
say which columns are texts."""
SPEC = "spec.json"
STATE = "state.json"
CALIBRATION = "calibration.json"
CARD = "card.json"
FILES = (SPEC, STATE, CALIBRATION, CARD)
"""Those that every bundle has."""
PROFILES = "profiles.json"
"""What the columns of the training tables looked like; earlier bundles lack it."""
JOINT = "joint"
"""The folder of the network of all tasks."""


def twin_of(folder: Path, task: str) -> Path:
    """Say where the single-task twin of a task lies."""
    return folder / "twins" / quote(task, safe="")


def trees_of(folder: Path, task: str) -> Path:
    """Say where the trees of a task lie."""
    return folder / "trees" / quote(task, safe="")


def check_sums(folder: Path) -> None:
    """Check every file against its checksum.

    Raises:
        BundleError: a file is missing, or is not what was written.

    """
    if not (folder / SUMS).is_file():
        raise BundleError(
            f"{folder} holds no bundle: there is no {SUMS}.",
            remedy="Name the folder that banian fit wrote (--out), or run it.",
        )
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path != folder / SUMS
    }
    for name, expected in (dict.fromkeys((*FILES, *sorted(there))) | read_sums(folder)).items():
        if not (folder / name).is_file():
            raise BundleError(f"{folder / name} is missing.", remedy=_AGAIN)
        if expected != sum_of(folder / name):
            raise BundleError(f"{folder / name} is not the file that was saved.", remedy=_AGAIN)


_AGAIN = "Copy the whole bundle again, or run banian fit again."
