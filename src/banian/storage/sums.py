"""Sums that show whether the files of a folder are what was written."""

import hashlib
from pathlib import Path

SUMS = "SHA256SUMS"


def sum_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path) -> None:
    """Write the sums of all files, in the form that `sha256sum --check` reads."""
    there = (path for path in folder.rglob("*") if path.is_file())
    files = sorted(path for path in there if path != folder / SUMS)
    lines = [f"{sum_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def read_sums(folder: Path) -> dict[str, str]:
    """Map every file that was written to its sum; nothing where the sums are missing."""
    try:
        text = (folder / SUMS).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.split("  ", 1) for line in text.splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def is_whole(folder: Path) -> bool:
    """Say whether all files are there and none was altered."""
    sums = read_sums(folder)
    try:
        return bool(sums) and all(sum_of(folder / name) == known for name, known in sums.items())
    except OSError:
        return False
