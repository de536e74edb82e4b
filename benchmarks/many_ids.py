"""How much memory and time it takes to know very many ids in one field, and to train their vectors.

    python benchmarks/many_ids.py [--ids 10000000] [--steps 50]

Makes a vocabulary of so many ids, and encodes one row at a time and a million at once. Beside it, it builds a network
with one field of these ids, 16 units each, updated by row-wise Adagrad, and makes steps of 2,048 rows in the loop that
`fit` runs; then it takes the mean of its weights over two steps, as at the end of the refit. Prints the most memory
that the process held at each stage.
"""

import argparse
from resource import RUSAGE_SELF, getrusage
from time import process_time

import numpy as np
import pyarrow as pa
import torch
from steps import draw_block

from banian.batches import Batch, Fields
from banian.features.codecs import Vocabulary
from banian.kinds import TowerState
from banian.models import Grain, build_model
from banian.spec import ModelSpec, TrainSpec
from banian.training.loop import Loop
from banian.training.sampler import MicroBatches
from banian.training.snapshots import Snapshots

ROWS, BATCH, WIDTH = 200_000, 2_048, 16


def main() -> None:
    """Print a line per stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ids", type=int, default=10_000_000)
    parser.add_argument("--steps", type=int, default=50)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    show("before")
    vocabulary = know_ids(chosen.ids)
    show(f"vocabulary of {vocabulary.size:,} codes")
    fields = Fields(numeric=4, specials=6, vocabulary_sizes=(chosen.ids, 100))
    task = {"bought": TowerState("binary", "auc")}
    rows = Batch(
        grain="offers",
        tasks=("bought",),
        blocks={"offers": draw_block(fields, ROWS)},
        scene=torch.zeros(ROWS, dtype=torch.long),
        level=torch.zeros(ROWS, 1),
        label=(torch.rand(ROWS, 1) > 0.7).float(),
        mask=torch.ones(ROWS, 1, dtype=torch.bool),
    )
    spec = ModelSpec.model_validate({"fields": {"width": WIDTH}})
    grains = {"offers": Grain(("offers",), task)}
    model = build_model(spec, fields={"offers": fields}, grains=grains, scenes=2)
    model.fit_priors(rows)
    show("network")
    batches = MicroBatches({"offers": rows}, rows=BATCH, generator=torch.Generator().manual_seed(0))
    train = TrainSpec(sparse="adagrad", batch_rows=BATCH)
    loop = Loop("refit", model, {"offers": rows}, train, chosen.steps, batches)
    snapshots = Snapshots({"bought": (chosen.steps - 1, chosen.steps)})
    begun = process_time()
    for _ in range(chosen.steps):
        loop.step()
        snapshots.take(loop.done, model)
    took = (process_time() - begun) / chosen.steps
    show(f"{chosen.steps} steps of {took * 1e3:.0f} ms")
    del loop
    for state in snapshots.means(model):
        model.load_state_dict(state)
    show("mean of two steps")


def know_ids(count: int) -> Vocabulary:
    """Make a vocabulary of numbers in any order, and print how long it takes to make and to encode."""
    generator = np.random.default_rng(0)
    texts = pa.array(generator.permutation(count)).cast(pa.large_string())
    begun = process_time()
    vocabulary = Vocabulary(texts)
    made = process_time() - begun
    sought = pa.array(generator.integers(0, count * 11 // 10, 1_000_000)).cast(pa.string())
    rows = [pa.chunked_array([sought.slice(at, 1)]) for at in range(1_000)]
    begun = process_time()
    for row in rows:
        vocabulary.encode(row)
    one, begun = (process_time() - begun) / len(rows), process_time()
    vocabulary.encode(pa.chunked_array([sought]))
    print(
        f"made in {made:.1f} s; a row in {one * 1e6:.0f} µs, a million in {process_time() - begun:.2f} s"
    )
    return vocabulary


def show(stage: str) -> None:
    """Print the most memory that the process has held so far."""
    print(f"{stage:>24}  {getrusage(RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
