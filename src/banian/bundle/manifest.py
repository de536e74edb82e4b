"""The files of a bundle, and the sums that show whether they are whole."""

import hashlib
from pathlib import Path

from banian.errors import BundleError

FORMAT = 1
"""Raised when an older Banian could not read what a newer one writes."""
SPEC = "spec.json"
STATE = "state.json"
VOCABULARIES = "vocabularies.arrow"
MODEL = "model.safetensors"
CALIBRATION = "calibration.json"
CARD = "card.json"
SUMS = "SHA256SUMS"
FILES = (SPEC, STATE, VOCABULARIES, MODEL, CALIBRATION, CARD)


def write_sums(folder: Path) -> None:
    """Write the sums of all files, in the form that `sha256sum --check` reads."""
    lines = [f"{_sum(folder / name)}  {name}\n" for name in FILES]
    (folder / SUMS).write_text("".join(lines))


def check_sums(folder: Path) -> None:
    """Hold every file against its sum.

    Raises:
        BundleError: a file is missing, or is not what was written.

    """
    sums = folder / SUMS
    if not sums.is_file():
        raise BundleError(
            f"{folder} holds no bundle: there is no {SUMS}.",
            remedy="Name the folder that banian fit wrote (--out), or run it.",
        )
    pairs = (line.split("  ", 1) for line in sums.read_text(errors="replace").splitlines())
    expected = {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
    for name in FILES:
        if not (folder / name).is_file():
            raise BundleError(f"{folder / name} is missing.", remedy=_AGAIN)
        if expected.get(name) != _sum(folder / name):
            raise BundleError(f"{folder / name} is not the file that was saved.", remedy=_AGAIN)


_AGAIN = "Copy the whole bundle again, or run banian fit again."


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
