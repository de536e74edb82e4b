"""The files of a bundle, and whether they are whole."""

from pathlib import Path

from banian.errors import BundleError
from banian.storage import SUMS, read_sums, sum_of

FORMAT = 1
"""Raised when an older Banian could not read what a newer one writes."""
SPEC = "spec.json"
STATE = "state.json"
VOCABULARIES = "vocabularies.arrow"
MODEL = "model.safetensors"
CALIBRATION = "calibration.json"
CARD = "card.json"
FILES = (SPEC, STATE, VOCABULARIES, MODEL, CALIBRATION, CARD)


def check_sums(folder: Path) -> None:
    """Hold every file against its sum.

    Raises:
        BundleError: a file is missing, or is not what was written.

    """
    if not (folder / SUMS).is_file():
        raise BundleError(
            f"{folder} holds no bundle: there is no {SUMS}.",
            remedy="Name the folder that banian fit wrote (--out), or run it.",
        )
    expected = read_sums(folder)
    for name in FILES:
        if not (folder / name).is_file():
            raise BundleError(f"{folder / name} is missing.", remedy=_AGAIN)
        if expected.get(name) != sum_of(folder / name):
            raise BundleError(f"{folder / name} is not the file that was saved.", remedy=_AGAIN)


_AGAIN = "Copy the whole bundle again, or run banian fit again."
