"""Kill, fill up and damage: see whether anything gets lost or is half-loaded.

    python benchmarks/crash.py --kills 100

Kills (SIGKILL) strike at random moments of fit, simulate and of saving a bundle over another; then disks that are full
and files that are cut or have a bit turned. Every fault is followed by what a user would do next: the same command
again, with --resume. A run must end with the bundle of the undisturbed one, byte for byte. Prints a table; exits with 1
where anything was lost.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from faults.damage import damage_bundle, damage_run
from faults.disk import fill_disk
from faults.kill import kill_fit, kill_saving, kill_simulate
from faults.trial import Outcome, make_reference


def main() -> None:
    """Strike, and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="how many processes to kill")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and the bits")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory(prefix="banian-crash-") as name:
        reference = make_reference(Path(name))
        fits = round(0.5 * chosen.kills)
        simulations = round(0.25 * chosen.kills)
        trials: list[Callable[[Outcome], None]] = [
            lambda found: kill_fit(reference, found, fits, draw),
            lambda found: kill_simulate(reference, found, simulations, draw),
            lambda found: kill_saving(reference, found, chosen.kills - fits - simulations, draw),
            lambda found: fill_disk(reference, found),
            lambda found: damage_bundle(reference, found, 2 * chosen.kills, draw),
            lambda found: damage_run(reference, found, max(2, chosen.kills // 10), draw),
        ]
        faults = (
            "kill -9 during fit",
            "kill -9 during simulate",
            "kill -9 while saving",
            "full disk",
            "damaged bundle",
            "damaged checkpoints and cache",
        )
        outcomes = [run_trial(fault, t) for fault, t in zip(faults, trials, strict=True)]
    if chosen.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes]))
    else:
        print(f"{'fault':<32}{'times':>6}{'lost':>6}{'seconds':>9}  note")
        for found in outcomes:
            row = f"{found.fault:<32}{found.times:>6}{len(found.lost):>6}{found.seconds:>9.0f}"
            print(f"{row}  {found.note}")
            for promise in found.lost:
                print(f"    LOST: {promise}")
    sys.exit(any(outcome.lost for outcome in outcomes))


def run_trial(fault: str, trial: Callable[[Outcome], None]) -> Outcome:
    """Run one kind of fault, and say how long it took."""
    found, start = Outcome(fault), time.monotonic()
    print(f"{fault} …", file=sys.stderr)
    trial(found)
    found.seconds = time.monotonic() - start
    return found


if __name__ == "__main__":
    main()
