"""A command that was killed goes on to the bundle of an undisturbed one, and tells trackers and its log of it."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

EXTRAS = ("tensorboard", "mlflow", "wandb")
HAS_TRACKERS = all(importlib.util.find_spec(name) for name in EXTRAS)


class Ended(NamedTuple):
    out: Path
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def ended(run, tmp_path_factory) -> Ended:
    """A run that was killed after two checkpoints and went on, with trackers where there are any."""
    folder = tmp_path_factory.mktemp("killed")
    out = folder / "run"
    command = [Path(sys.executable).with_name("banian"), "fit", run.spec, "--out", out, "--json"]
    command += [*run.options, "--checkpoint-minutes", "0", "--resume"]
    home = {f"WANDB_{name}_DIR": str(folder / "home") for name in ("CACHE", "CONFIG", "DATA")}
    alone = {"env": os.environ | home | {"OMP_NUM_THREADS": "1"}, "cwd": folder}
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, **alone)
    for _ in range(1200):
        if len(list((out / "checkpoints").rglob("*-select-*"))) == 2:
            break
        time.sleep(0.05)
    else:
        pytest.fail("no two checkpoints within a minute")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (out / "bundle").exists()
    if HAS_TRACKERS:
        command += ["--tensorboard", "--wandb", "--mlflow", f"sqlite:///{folder / 'mlflow.db'}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, **alone)
    return Ended(out, told.stdout, told.stderr)


def events(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_it_ends_with_the_bundle_of_an_undisturbed_run(run, ended):
    assert list(json.loads(ended.stdout)["tasks"]) == ["repurchase", "spend", "orders", "returned"]
    sums = [(out / "bundle" / "SHA256SUMS").read_text() for out in (ended.out, run.out)]
    assert sums[0] == sums[1]
    starts = [event for event in events(ended.out) if event["event"] == "start"]
    assert [event["done"] > 0 for event in starts] == [False, True, False]  # killed, went on, refit


@pytest.mark.skipif(not HAS_TRACKERS, reason='needs pip install "banian[tensorboard,mlflow,wandb]"')
def test_all_trackers_are_told(ended):
    assert "Warning" not in ended.stderr
    assert list((ended.out / "tensorboard" / "select").glob("events.*"))
    assert list((ended.out / "tensorboard" / "refit").glob("events.*"))
    assert list((ended.out / "wandb").glob("offline-run-*/run-*.wandb"))
    assert (ended.out.parent / "mlflow.db").stat().st_size > 0


def test_the_run_log_holds_every_epoch(run):
    scores = [event for event in events(run.out) if event["event"] == "score"]
    assert {event["phase"] for event in scores} == {"select", "refit"}
    for event in scores:
        assert event["train_loss"].keys() == event["weights"].keys() == run.said["tasks"].keys()
        assert sum(event["weights"].values()) == pytest.approx(1)
        assert event["metrics"].keys() == event["valid_loss"].keys()
    assert [event["epoch"] for event in scores if event["phase"] == "select"][-1] == 2
