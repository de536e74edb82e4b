"""Disks that are full."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.commands import ends, fit_command, simulate_command, sums
from faults.trial import Outcome, Reference


def fill_disk(reference: Reference, found: Outcome) -> None:
    """Run fit and simulate on small disks; give them room, and let them go on."""
    for kilobytes in (64, 256, 1024, 2048, 4096):
        with small_disk(reference.folder / "disk", kilobytes) as disk:
            if disk is None:
                found.note = "skipped: mounting is not allowed here"
                return
            command = fit_command(reference.spec, disk / "run")
            fit_in(disk, command, reference, found, kilobytes)
        with small_disk(reference.folder / "disk", kilobytes) as disk:
            assert disk is not None
            refused = not ends(simulate_command(disk / "market"))
            found.times += refused
            if refused:
                found.expect(list(disk.iterdir()) == [], f"{kilobytes} KiB: part of a simulation")


def fit_in(
    disk: Path, command: list[str], reference: Reference, found: Outcome, kilobytes: int
) -> None:
    """Fit on a full disk, then with more room."""
    if not ends(command):
        found.times += 1
        found.expect(not (disk / "run" / "bundle").exists(), f"{kilobytes} KiB: part of a bundle")
        subprocess.run(["mount", "-o", "remount,size=1g", disk], check=True)
        found.expect(ends(command), f"{kilobytes} KiB: does not go on with more room")
    found.expect(sums(disk / "run") == reference.bundle, f"{kilobytes} KiB: another bundle")


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path | None]:
    """Mount a small file system in memory; nothing where that is not allowed."""
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
