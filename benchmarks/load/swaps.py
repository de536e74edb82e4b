"""Bundles that come and go: the same answers under another name, and a damaged one between two of them."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

from banian.bundle import load_bundle, save_bundle

_EVERY = 2.0


class Swapper:
    """Puts bundles into a run.

    Args:
        run: that is served; it is changed.

    """

    def __init__(self, run: Path) -> None:
        self._run, self._bundle = run, load_bundle(run)
        self.good = self.bad = 0

    def work(self, seconds: float) -> None:
        """Put another bundle into the run every two seconds, in turn a sound one and a damaged one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            due = time.monotonic() + _EVERY
            if (self.good + self.bad) % 2:
                self._damage()
                self.bad += 1
            else:
                card = {**self._bundle.card, "note": f"swap {self.good}"}
                save_bundle(replace(self._bundle, card=card), self._run / "bundle")
                self.good += 1
            time.sleep(max(0.0, due - time.monotonic()))

    def _damage(self) -> None:
        """Change a bit of the weights, and what the bundle says of itself, so that it is another."""
        folder = self._run / "bundle"
        copy = self._run / "bundle.damaged"
        shutil.copytree(folder.resolve(), copy)
        weights = next(copy.rglob("*.safetensors"))
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 1
        weights.write_bytes(data)
        with (copy / "SHA256SUMS").open("a") as sums:
            sums.write(f"{'0' * 64}  ghost\n")
        shutil.rmtree(folder)
        copy.rename(folder)
