"""Files that are cut or have a bit turned."""

import random
import shutil
from pathlib import Path

from faults.commands import ends, fit_command, killed_in_training, loads, sums
from faults.trial import Outcome, Reference

from banian.storage import SUMS, read_sums


def damage_bundle(reference: Reference, found: Outcome, times: int, draw: random.Random) -> None:
    """Cut files of a bundle or turn a bit of them; it must be refused."""
    place = reference.folder / "damaged"
    for _ in range(times):
        shutil.copytree(reference.folder / "whole" / "bundle", place)
        whole = read_sums(place)
        path = draw.choice(sorted(place.iterdir()))
        done = damage(path, draw)
        found.times += 1
        says_the_same = (
            path.name == SUMS and read_sums(place) == whole
        )  # only its last newline is gone
        found.expect(says_the_same or not loads(place), f"a bundle with {done} loads")
        shutil.rmtree(place)


def damage_run(reference: Reference, found: Outcome, times: int, draw: random.Random) -> None:
    """Damage what a killed run left to go on from; it must end as the undisturbed one all the same."""
    out = reference.folder / "half"
    while found.times < times:
        command = fit_command(reference.spec, out)
        if not killed_in_training(command, out, draw.uniform(0, 1)) or (out / "bundle").exists():
            shutil.rmtree(out)
            continue
        kept = [path for part in ("checkpoints", "cache") for path in (out / part).rglob("*")]
        done = damage(draw.choice(sorted(path for path in kept if path.is_file())), draw)
        found.times += 1
        found.expect(ends(command), f"cannot go on after {done}")
        found.expect(sums(out) == reference.bundle, f"another bundle after {done}")
        shutil.rmtree(out)


def damage(path: Path, draw: random.Random) -> str:
    """Cut a file or turn one of its bits; say which."""
    content = bytearray(path.read_bytes())
    if draw.random() < 0.5:
        path.write_bytes(content[: draw.randrange(len(content))])
        return f"{path.name} cut"
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    return f"a bit of {path.name} turned"
