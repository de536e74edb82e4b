"""Rows a second that are predicted: by a bare forward pass, the network, and the command; and memory over rows.

    OMP_NUM_THREADS=1 python benchmarks/scoring.py --rows 200000

Makes up impressions of ten ids each, fits clicks and purchases on some of them, and predicts others. The bare pass is
plain PyTorch of the same widths in float32: one table of vectors, batched experts, gates, two towers, rows in memory,
at whichever number of rows at once is fastest. The same rows are then predicted from memory, encoded or not, and by
`banian predict` from a Parquet file into another, a process of its own, for so many rows and for four times as many.
All is time of the processor, the best of some turns. `--quick` takes 20,000 rows.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import banian
from banian.batches import CategoryPart, encode_rows
from banian.bundle import Bundle, load_bundle
from banian.examples.build import build_examples
from banian.inference import predict_rows
from banian.models import predict_values
from banian.spec import parse_spec
from banian.tables import read_database

FIELDS, WIDTH, EXPERTS, UNITS, TOWER = 10, 16, 8, 64, 32
VALUES = 500_000
TURNS = 3
GRAIN = "rows of shown"
SPEC = f"""
shop: scoring
tables:
  shown: {{source: shown.parquet, key: id, time: at}}
tasks:
  click: PREDICT shown.clicked FOR EACH shown
  purchase: PREDICT shown.bought FOR EACH shown
split: {{valid: 2024-02-20, test: 2024-02-25}}
model:
  fields: {{width: {WIDTH}}}
  sharing: {{kind: mmoe, experts: {EXPERTS}, width: {UNITS}}}
  tower_width: {TOWER}
train: {{epochs: 1, seeds: 1}}
serve_with: joint
"""


def main() -> None:
    """Fit, predict in every way, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--quick", action="store_true", help="20,000 rows")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    count = 20_000 if chosen.quick else chosen.rows
    with tempfile.TemporaryDirectory(prefix="banian-scoring-") as name:
        folder = Path(name)
        write_table(folder / "train", min(count, 100_000), seed=1)
        banian.fit(parse_spec(SPEC), folder / "train", folder / "run")
        found = measure_in_memory(folder, count)
        for times in (1, 4):
            seconds, peak = run_command(folder, times * count)
            found[f"command, {times * count:,} rows"] = times * count / seconds
            found[f"its memory in MB, {times * count:,} rows"] = peak
    if chosen.json:
        print(json.dumps(found))
        return
    for what, number in found.items():
        print(f"{what:45} {number:>10,.0f}")


def write_table(folder: Path, count: int, *, seed: int) -> None:
    """Write so many impressions; some ids are frequent, most are rare."""
    draw = np.random.default_rng(seed)
    pull = np.zeros(count)
    columns = {
        "id": pa.array(np.arange(count) + seed * 10**9),
        "at": pa.array(
            (np.datetime64("2024-01-01", "s") + draw.integers(0, 60 * 86_400, count)).astype(
                "datetime64[us]"
            )
        ),
    }
    for field in range(FIELDS):
        size = VALUES // 10 ** (field % 5)
        code = np.minimum(size * draw.random(count) ** 6, size - 1).astype(np.int64)
        pull += np.sin(code * (field + 1.0)) / 3
        columns[f"id_{field}"] = pa.array(np.char.add(f"{field}-", code.astype(str)))
    clicked = draw.random(count) < 1 / (1 + np.exp(2 - pull))
    columns["clicked"] = pa.array(clicked)
    columns["bought"] = pa.array(clicked & (draw.random(count) < 0.3))
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "shown.parquet")


def measure_in_memory(folder: Path, count: int) -> dict[str, float]:
    """Give rows a second of the bare pass, and of what Banian does with rows in memory."""
    write_table(folder / "memory", count, seed=2)
    bundle = load_bundle(folder / "run")
    database = read_database(bundle.spec, folder / "memory", types=bundle.types)
    rows = build_examples(database, {}, labelled=False).grains[GRAIN]
    member, batch = bundle.joint.members[0], encode_rows(bundle.joint.features, rows)
    bare, codes = make_bare(bundle), batch.blocks["shown"].part(CategoryPart).codes
    ways: dict[str, Callable[[], object]] = {
        f"bare forward, {size:,} rows at once": lambda size=size: pass_bare(bare, codes, size)  # type: ignore[misc]
        for size in (512, 1024, 2048, 4096)
    }
    networks = len(bundle.joint.members)
    ways["one network, rows encoded"] = lambda: predict_values(member, batch)
    ways[f"all {networks} networks, and encoding"] = lambda: bundle.joint.predict(rows, rows.tasks)
    ways["predictions"] = lambda: predict_rows(bundle, rows)
    ways["encoding alone"] = lambda: encode_rows(bundle.joint.features, rows)
    return {what: len(rows) / seconds for what, seconds in take_turns(ways).items()}


def take_turns(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Give the least seconds of the processor of each."""
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(TURNS):
        for what, work in ways.items():
            began = time.process_time()
            work()
            least[what] = min(least[what], time.process_time() - began)
    return least


class Bare(nn.Module):
    """A multi-gate mixture of experts as one writes it by hand.

    Args:
        sizes: for each field, how many codes it has.

    """

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.starts = torch.tensor(sizes).cumsum(0) - torch.tensor(sizes)
        self.table = nn.Embedding(sum(sizes), WIDTH)
        dim = len(sizes) * WIDTH
        self.first, self.gates = nn.Linear(dim, EXPERTS * UNITS), nn.Linear(dim, 2 * EXPERTS)
        self.second = nn.Parameter(torch.randn(EXPERTS, UNITS, UNITS) / 8)
        self.towers = nn.ModuleList(
            nn.Sequential(nn.Linear(UNITS, TOWER), nn.ReLU(), nn.Linear(TOWER, 1)) for _ in range(2)
        )

    def forward(self, codes: Tensor) -> Tensor:
        """Map codes [row, field] to probabilities [row, task]."""
        x = self.table(codes + self.starts).flatten(1)
        hidden = F.relu(self.first(x)).unflatten(1, (EXPERTS, UNITS)).transpose(0, 1)
        experts = F.relu(torch.bmm(hidden, self.second)).transpose(0, 1)
        gates = self.gates(x).unflatten(1, (2, EXPERTS)).softmax(dim=2)
        mixed = torch.bmm(gates, experts)
        said = [tower(mixed[:, at]) for at, tower in enumerate(self.towers)]
        return torch.cat(said, dim=1).sigmoid()


def make_bare(bundle: Bundle) -> Bare:
    """Make a bare network of the same widths and vocabularies."""
    return Bare(bundle.joint.features.entities["shown"].fields.vocabulary_sizes).eval()


@torch.inference_mode()
def pass_bare(bare: Bare, codes: Tensor, size: int) -> Tensor:
    """Pass all rows, so many at once."""
    return torch.cat([bare(some) for some in codes.split(size)])


def run_command(folder: Path, count: int) -> tuple[float, float]:
    """Predict a file by the command: seconds of the processor, and megabytes at most."""
    data = folder / f"command-{count}"
    write_table(data, count, seed=3)
    command = [sys.executable, "-m", "banian", "predict", str(folder / "run"), "--data", str(data)]
    command += ["--output", str(folder / "said.parquet")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, ended = 0.0, 0
    while not ended:  # what a process has held is told as long as it lives; what waits for it tells its parent's, too
        peak = max(peak, read_peak(process.pid))
        time.sleep(0.05)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime, peak


def read_peak(process: int) -> float:
    """Read how many megabytes a process has held at most; 0 where it has ended."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
