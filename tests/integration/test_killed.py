"""A command that was killed goes on to the bundle of an undisturbed one, and tells trackers and its log of it."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

EXTRAS = ("tensorboard", "mlflow", "wandb")
HAS_TRACKERS = all(importlib.util.find_spec(name) for name in EXTRAS)


SCRIPT = """
import banian

spec = banian.load_spec({spec!r}, overrides={settings!r})
banian.fit(spec, {tables!r}, {out!r}, jobs=2, checkpoint_seconds=0)
"""


class Ended(NamedTuple):
    out: Path
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def ended(run, tmp_path_factory) -> Ended:
    """A run that was killed, with its processes; whose process was killed; and which went on, with any trackers."""
    folder = tmp_path_factory.mktemp("killed")
    out = folder / "run"
    command = [Path(sys.executable).with_name("banian"), "fit", run.spec, "--out", out, "--json"]
    command += [*run.options, "--checkpoint-minutes", "0", "--resume", "--jobs"]
    home = {f"WANDB_{name}_DIR": str(folder / "home") for name in ("CACHE", "CONFIG", "DATA")}
    alone = {"env": os.environ | home | {"OMP_NUM_THREADS": "1"}, "cwd": folder}
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **alone}

    script = SCRIPT.format(
        spec=str(run.spec), settings=run.settings, tables=str(run.spec.parent), out=str(out)
    )
    (folder / "script.py").write_text(script)  # without a guard for processes that import it
    killed = subprocess.Popen([sys.executable, folder / "script.py"], **told)
    wait_until(lambda: len(states(out, "select")) >= 2)
    below = descendants(killed.pid)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    wait_until(lambda: not any(map(is_alive, below)))

    before = set(states(out, "select"))
    broken = subprocess.Popen([*command, "2"], **told)
    wait_until(lambda: set(states(out, "select")) - before)
    os.kill(max(descendants(broken.pid)), signal.SIGKILL)  # the last that was started
    _, said = broken.communicate()
    assert broken.returncode == 1
    assert "ended by SIGKILL.\nRemedy: " in said
    assert not list((out / "checkpoints").rglob("rows"))
    assert not (out / "bundle").exists()

    command.append("1")
    if HAS_TRACKERS:
        command += ["--tensorboard", "--wandb", "--mlflow", f"sqlite:///{folder / 'mlflow.db'}"]
    last = subprocess.run(command, check=True, **told)
    return Ended(out, last.stdout, last.stderr)


def states(out: Path, phase: str) -> list[Path]:
    # Not by rglob, which fails where a folder goes while it looks.
    found = os.walk(out / "checkpoints")
    names = ((place, name) for place, folders, files in found for name in (*folders, *files))
    return [Path(place, name) for place, name in names if fnmatch(name, f"*-{phase}-*")]


def wait_until(is_so) -> None:
    for _ in range(1200):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("not within a minute")


def descendants(pid: int) -> set[int]:
    """Give the processes that a process has started, and those that these have."""
    said = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True)
    pairs = [tuple(map(int, line.split())) for line in said.stdout.splitlines()]
    found, new = set[int](), {pid}
    while new:
        new = {child for child, parent in pairs if parent in new}
        found |= new
    return found


def is_alive(pid: int) -> bool:
    """Say whether a process is there that is not dead and waits for its parent to hear of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def scores(out: Path, *phases: str) -> list[dict]:
    """Give the scores of the run log, of all phases or of some, without the time at which they were told."""
    events = map(json.loads, (out / "log.jsonl").read_text().splitlines())
    told = [{k: v for k, v in event.items() if k != "at"} for event in events]
    wanted = phases or ("select", "refit")
    return [event for event in told if event["event"] == "score" and event["phase"] in wanted]


def test_it_ends_with_the_bundle_of_an_undisturbed_run(run, ended):
    assert list(json.loads(ended.stdout)["tasks"]) == ["repurchase", "spend", "orders", "returned"]
    sums = [(out / "bundle" / "SHA256SUMS").read_text() for out in (ended.out, run.out)]
    assert sums[0] == sums[1]
    told = [(event["phase"], event["step"]) for event in scores(ended.out)]
    assert len(told) == len(set(told))
    assert scores(ended.out, "refit") == scores(run.out, "refit")


@pytest.mark.skipif(not HAS_TRACKERS, reason='needs pip install "banian[tensorboard,mlflow,wandb]"')
def test_all_trackers_are_told(ended):
    assert "Warning" not in ended.stderr
    assert list((ended.out / "tensorboard" / "select").glob("events.*"))
    assert list((ended.out / "tensorboard" / "refit").glob("events.*"))
    assert list((ended.out / "wandb").glob("offline-run-*/run-*.wandb"))
    assert (ended.out.parent / "mlflow.db").stat().st_size > 0


def test_the_run_log_holds_every_epoch(run):
    told = scores(run.out)
    assert {event["phase"] for event in told} == {"select", "refit"}
    for event in told:
        assert event["train_loss"].keys() == event["weights"].keys() == run.said["tasks"].keys()
        assert sum(event["weights"].values()) == pytest.approx(1)
        assert event["metrics"].keys() == event["valid_loss"].keys()
    assert [event["epoch"] for event in scores(run.out, "select")][-1] == 2
