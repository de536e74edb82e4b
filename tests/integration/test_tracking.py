"""fit tells TensorBoard, MLflow and Weights & Biases, and its bundle is none the worse for it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXTRAS = ("tensorboard", "mlflow", "wandb")


@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in EXTRAS),
    reason='needs pip install "banian[tensorboard,mlflow,wandb]"',
)
def test_all_are_told_and_the_bundle_is_the_same(run, tmp_path):
    out = tmp_path / "run"
    command = [Path(sys.executable).with_name("banian"), "fit", run.spec, "--out", out, "--json"]
    command += [*run.options, "--tensorboard", "--wandb"]
    command += ["--mlflow", f"sqlite:///{tmp_path / 'mlflow.db'}"]
    home = {f"WANDB_{name}_DIR": str(tmp_path / "home") for name in ("CACHE", "CONFIG", "DATA")}
    told = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | home | {"OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert list(json.loads(told.stdout)["tasks"]) == list(run.said["tasks"])
    assert "Warning" not in told.stderr
    assert list((out / "tensorboard" / "select").glob("events.*"))
    assert list((out / "tensorboard" / "refit").glob("events.*"))
    assert list((out / "wandb").glob("offline-run-*/run-*.wandb"))
    assert (tmp_path / "mlflow.db").stat().st_size > 0
    sums = [(folder / "bundle" / "SHA256SUMS").read_text() for folder in (out, run.out)]
    assert sums[0] == sums[1]


def test_the_run_log_holds_every_epoch(run):
    events = [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]
    scores = [event for event in events if event["event"] == "score"]
    assert {event["phase"] for event in scores} == {"select", "refit"}
    for event in scores:
        assert event["train_loss"].keys() == event["weights"].keys() == run.said["tasks"].keys()
        assert sum(event["weights"].values()) == pytest.approx(1)
        assert event["metrics"].keys() == event["valid_loss"].keys()
    assert [event["epoch"] for event in scores if event["phase"] == "select"][-1] == 2
