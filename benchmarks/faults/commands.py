"""The commands that are struck, and what they leave behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from banian.bundle import load_bundle
from banian.errors import BundleError
from banian.storage import SUMS

BANIAN = str(Path(sys.executable).with_name("banian"))
ALONE = os.environ | {"OMP_NUM_THREADS": "1"}
EPOCHS = 3


def fit_command(spec: Path, out: Path) -> list[str]:
    """Fit in some seconds, with a checkpoint after every fifth of one."""
    train = ["--set", f"train.epochs={EPOCHS}", "--checkpoint-minutes", "0.003", "--resume"]
    return [BANIAN, "fit", str(spec), "--out", str(out), "--device", "cpu", *train]


def simulate_command(out: Path) -> list[str]:
    """Simulate in a second or two."""
    return [BANIAN, "simulate", str(out), "--preset", "small", "--days", "60"]


def killed(command: list[str], seconds: float) -> bool:
    """Start a command and kill it; say whether it was still running."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ALONE
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def killed_in_training(command: list[str], out: Path, seconds: float) -> bool:
    """Start a fit and kill it so long after its first checkpoint; say whether it was still running."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ALONE
    )
    while process.poll() is None and not list(out.glob("checkpoints/*.safetensors")):
        time.sleep(0.01)
    time.sleep(seconds)
    was_running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return was_running


def ends(command: list[str]) -> bool:
    """Run a command; say whether it ended as it should."""
    return subprocess.run(command, capture_output=True, env=ALONE, check=False).returncode == 0


def finish(command: list[str]) -> None:
    """Run a command that must end well."""
    subprocess.run(command, stdout=subprocess.DEVNULL, env=ALONE, check=True)


def loads(folder: Path) -> bool:
    """Say whether a bundle is taken for whole."""
    try:
        load_bundle(folder)
    except BundleError:
        return False
    return True


def sums(run: Path) -> str:
    """Give what the bundle of a run consists of; nothing where there is none."""
    path = run / "bundle" / SUMS
    return path.read_text() if path.exists() else ""


def contents(folder: Path) -> dict[str, bytes]:
    """Give the files of a folder; none where it is not there."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
