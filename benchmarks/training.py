"""How fast training is: rows per second of processor time, beside a bare PyTorch step and other libraries.

    python benchmarks/training.py [--quick] [--json] [--rounds 40] [--peers PYTHON]

Two shapes of rows, one MMoE of eight experts, one thread. Steps take turns in one process, and the fastest of each
counts, in processor time: what else the machine does matters little. The bare step is plain PyTorch on tensors in
memory (benchmarks/speed/bare.py), with dense or sparse updates of its table, whichever is faster; Banian's step is that
of the loop that `fit` runs, on rows that `fit` encoded; the whole command is `banian.fit` on a table, reading, scoring,
selection, refit and judging included, and counts the rows that it trained on. PYTHON is the interpreter of an
environment with torch-rechub and deepctr-torch (benchmarks/speed/peers.py says how to make one); their own `fit` is
measured, validation included.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from speed.bare import new_step
from speed.shapes import CENSUS, SHOP, Rows, Shape, draw_rows, write_shop
from steps import time_steps
from torch.utils.flop_counter import FlopCounterMode
from typing_extensions import override

import banian
from banian.spec import ModelSpec, ShopSpec
from banian.tables import build_engine
from banian.training import NO_RECORDER, TrainingPlan
from banian.training.loop import Loop
from banian.training.recorder import AbstractRecorder, Phase, Scored
from banian.training.sampler import MicroBatches
from banian.workflows.grains import build_grains
from banian.workflows.prepare import prepare

EPOCHS = 3
BYTES = 4


def main() -> None:
    """Measure, and print the table of each shape."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rows and rounds: does it run?")
    parser.add_argument("--json", action="store_true", help="print a JSON object instead of tables")
    parser.add_argument("--rounds", type=int, default=40, help="steps that each makes")
    parser.add_argument("--peers", type=Path, help="interpreter with torch-rechub, deepctr-torch")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    rounds = 3 if chosen.quick else chosen.rounds
    found = {}
    for shape in (CENSUS, SHOP):
        fewer = replace(shape, rows=shape.batch * 4) if chosen.quick else shape
        found[shape.name] = measure(fewer, rounds, chosen.peers)
        if not chosen.json:
            show(fewer, found[shape.name])
    if chosen.json:
        print(json.dumps(found, indent=2))


def measure(shape: Shape, rounds: int, peers: Path | None) -> dict[str, float]:
    """Give rows per second of all that train on a shape, and the floor of a step in milliseconds."""
    rows, many = (draw_rows(shape, shape.rows, tasks=tasks) for tasks in (2, 8))
    bare: dict[str, Callable[[], object]] = {}
    for name, options in {
        "bare, dense": {"sparse": False},
        "bare, sparse": {"sparse": True},
        "bare with dropout, dense": {"sparse": False, "dropout": 0.15},
        "bare with dropout, sparse": {"sparse": True, "dropout": 0.15},
    }.items():
        bare[name], model = new_step(shape, rows, **options)
    equal, upgrad = new_loops(shape, rows, "equal", "upgrad")
    (eight,) = new_loops(shape, many, "equal")
    loops = {
        "Banian's step": equal,
        "Banian's step, UPGrad": upgrad,
        "Banian's step, 8 tasks": eight,
    }
    counter = FlopCounterMode(display=False)
    with counter:
        bare["bare, dense"]()
    fastest = time_steps(bare | {name: loop.step for name, loop in loops.items()}, rounds)
    found = {name: shape.batch / took for name, took in fastest.items()}
    found["floor, ms"] = floor(shape, counter.get_total_flops(), model) * 1e3
    found["whole command"] = whole(shape, rows)
    if peers is not None:
        found |= measure_peers(shape, rows, peers)
    return found


def new_loops(shape: Shape, rows: Rows, *balances: str) -> list[Loop]:
    """Prepare and encode rows as `fit` does, and give the loops that it would run on them in the selection."""
    with tempfile.TemporaryDirectory() as folder:
        spec = write_shop(rows, Path(folder), options=options_of(shape))
        prepared = prepare(spec, Path(folder), build_engine("duckdb"), lambda _: None)
    grains = build_grains(spec.tasks, prepared)
    plan = TrainingPlan(
        spec.model,
        spec.train,
        grains,
        spec.split,
        seed=0,
        device=torch.device("cpu"),
        recorder=NO_RECORDER,
    )
    chosen, valid = (
        {grain: getattr(role, use) for grain, role in prepared.roles.items()}
        for use in ("select", "valid")
    )
    start = plan.begin(prepared.examples, chosen, valid, "select")
    loops = []
    for balance in balances:
        chosen_model = ModelSpec.model_validate(spec.model.model_dump() | {"balance": balance})
        model = start.new_model(chosen_model, grains, seed=0)
        generator = torch.Generator().manual_seed(0)
        batches = MicroBatches(start.training, rows=shape.batch, generator=generator)
        rest = (1000, batches, chosen_model.balance)
        loops.append(Loop("select", model, start.training, spec.train, *rest))
    return loops


def options_of(shape: Shape) -> dict[str, Any]:
    """Give what the spec says of the network and its training."""
    return {
        "model": {
            "fields": {"width": shape.width},
            "sharing": {"kind": "mmoe", "experts": 8, "width": 64},
        },
        "train": {
            "seeds": 1,
            "epochs": EPOCHS,
            "patience": EPOCHS,
            "teacher": "none",
            "batch_rows": shape.batch,
        },
    }


def floor(shape: Shape, flops: int, model: torch.nn.Module) -> float:
    """Estimate the least seconds of a bare step from its operations and its bytes, at the speeds measured here.

    Every dense number is read or written eight times (forward, backward, gradient, two moments and the number itself,
    of which three are written), a looked-up one as often.
    """
    matrix = torch.randn(1024, 1024)
    took = time_steps({"product": lambda: matrix @ matrix, "copy": lambda: matrix.clone()}, 20)
    dense = sum(p.numel() for name, p in model.named_parameters() if name != "table.weight")
    looked_up = shape.batch * len(shape.sizes) * shape.width
    moved = BYTES * 8 * (dense + looked_up)
    per_flop = took["product"] / (2 * 1024**3)
    per_byte = took["copy"] / (2 * BYTES * matrix.numel())
    return flops * per_flop + moved * per_byte


class _Counting(AbstractRecorder):
    """Counts steps."""

    def __init__(self) -> None:
        self.steps = 0

    @override
    def stage(self, name: str) -> None:
        return

    @override
    def start(self, phase: Phase, steps: int, done: int) -> None:
        return

    @override
    def step(self) -> None:
        self.steps += 1

    @override
    def score(self, scored: Scored) -> None:
        return

    @override
    def finish(self) -> None:
        return


def whole(shape: Shape, rows: Rows) -> float:
    """Give the rows that `banian.fit` trains on, by all the seconds that it takes."""
    counting = _Counting()
    with tempfile.TemporaryDirectory() as folder:
        spec: ShopSpec = write_shop(rows, Path(folder), options=options_of(shape))
        begun = process_time()
        banian.fit(spec, folder, Path(folder) / "run", recorder=counting, warn=lambda _: None)
        took = process_time() - begun
    return counting.steps * shape.batch / took


def measure_peers(shape: Shape, rows: Rows, peers: Path) -> dict[str, float]:
    """Let other libraries train on the same rows, in a process of their own."""
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(
            file,
            codes=rows.codes,
            numbers=rows.numbers,
            labels=rows.labels.astype(np.float32),
            shape=np.array([shape.batch, shape.width, *shape.sizes]),
        )
        file.flush()
        script = Path(__file__).parent / "speed" / "peers.py"
        done = subprocess.run(
            [peers, script, file.name], check=True, stdout=subprocess.PIPE, text=True
        )
    found: dict[str, float] = json.loads(done.stdout)
    return {f"{name}, whole": speed for name, speed in found.items()}


def show(shape: Shape, found: dict[str, float]) -> None:
    """Print rows per second, and how they compare with the faster bare step."""
    bare = max(found["bare, dense"], found["bare, sparse"])
    print(f"{shape.name}: rows per second of processor time, batches of {shape.batch:,}")
    for name, speed in found.items():
        if name == "floor, ms":
            print(f"{name:>28}  {speed:>9.2f}  of {shape.batch / bare * 1e3:.2f}")
        else:
            print(f"{name:>28}  {speed:>9,.0f}  {speed / bare:.2f}", flush=True)


if __name__ == "__main__":
    main()
