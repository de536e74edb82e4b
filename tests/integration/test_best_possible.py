"""The demo's model comes close to the best possible score, and beats the constants."""

import json
import os
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "gallery" / "demo.py"
LEAST = 0.6  # of the way from the constant's log loss to that of the true probabilities


def test_the_demo_closes_most_of_the_gap_to_the_best_possible(tmp_path):
    alone = os.environ | {"OMP_NUM_THREADS": "1"}
    demo = [sys.executable, DEMO, "--set", "train.epochs=2", "--set", "train.batch_rows=512"]
    said = subprocess.run(
        demo, cwd=tmp_path, env=alone, check=True, capture_output=True, text=True
    ).stdout
    assert "$ banian simulate" in said
    command = [Path(sys.executable).with_name("banian"), "report", "runs/demo", "--json"]
    command += ["--truth", "runs/demo/tables"]
    told = subprocess.run(command, cwd=tmp_path, env=alone, check=True, capture_output=True).stdout
    tasks = json.loads(told)["tasks"]
    assert len({task["grain"] for task in tasks.values()}) == 4
    for name in ("click", "purchase"):
        assert LEAST <= tasks[name]["gap_closed"] <= 1
    assert (
        sum(task["better"] for task in tasks.values()) >= 5
    )  # spend is close: a few customers decide
    page = (tmp_path / "runs" / "demo" / "report.html").read_text()
    assert all(f">{name}<" in page for name in tasks)
