"""Processes killed at random moments."""

import random
import shutil
import subprocess
import sys
import time

from faults.commands import (
    ALONE,
    contents,
    ends,
    fit_command,
    killed,
    loads,
    simulate_command,
    sums,
)
from faults.trial import Outcome, Reference

from banian.storage import SUMS

SAVE = """
import sys
from pathlib import Path
from banian.bundle import load_bundle, save_bundle
bundles = [load_bundle(path) for path in sys.argv[2:]]
save_bundle(bundles[0], Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for bundle in bundles:
        save_bundle(bundle, Path(sys.argv[1]))
"""


def kill_fit(reference: Reference, found: Outcome, kills: int, draw: random.Random) -> None:
    """Kill fit at random moments, also again after it was resumed; every run must end as the undisturbed one."""
    runs = 0
    while found.times < kills:
        out = reference.folder / f"killed-{runs}"
        for _ in range(draw.randint(1, 4)):
            moment = draw.uniform(0, reference.fit_seconds)
            found.times += killed(fit_command(reference.spec, out), moment)
            if (out / "bundle").exists():
                found.expect(loads(out), f"{out}: a bundle is there and does not load")
        found.expect(ends(fit_command(reference.spec, out)), f"{out}: cannot be resumed")
        found.expect(sums(out) == reference.bundle, f"{out}: another bundle than the undisturbed")
        shutil.rmtree(out)
        runs += 1
    found.note = f"{runs} runs, each ended with the undisturbed bundle" if not found.lost else ""


def kill_simulate(reference: Reference, found: Outcome, kills: int, draw: random.Random) -> None:
    """Kill simulate, also over an older simulation; the folder must be whole or not there."""
    out = reference.folder / "killed-market"
    while found.times < kills:
        moment = draw.uniform(0, reference.simulate_seconds)
        found.times += killed(simulate_command(out), moment)
        there = contents(out)
        found.expect(there in ({}, reference.market), f"{out}: half a simulation after {moment} s")
        if draw.random() < 0.3:
            shutil.rmtree(out, ignore_errors=True)
    found.expect(ends(simulate_command(out)), f"{out}: cannot be made anew")
    found.expect(contents(out) == reference.market, f"{out}: other bytes than the undisturbed")


def kill_saving(reference: Reference, found: Outcome, kills: int, draw: random.Random) -> None:
    """Kill a process that saves two bundles in turn over each other; one of them must load."""
    place = reference.folder / "saved"
    known = {reference.bundle, sums(reference.other)}
    while found.times < kills:
        command = [sys.executable, "-c", SAVE, place, reference.folder / "whole", reference.other]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, env=ALONE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(draw.uniform(0.02, 0.3))
        writer.kill()
        writer.communicate()
        found.times += 1
        found.expect(loads(place), "a saved bundle does not load")
        there = place if place.exists() else place.with_name(f".{place.name}.replaced")
        found.expect((there / SUMS).read_text() in known, "neither of the two bundles")
