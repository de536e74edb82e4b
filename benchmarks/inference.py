"""Rows whose features are known: what a bundle takes to answer them, in milliseconds of processor.

    OMP_NUM_THREADS=1 python benchmarks/inference.py RUN

Asks 1, 32 and 500 rows of every grain for all of its tasks, the median of twenty times each in a warm process: to
encode the rows, to pass them through what answers (the network, twins, trees), and to calibrate that. The rows are made
up: each field draws among the values that it had in training, each sequence is full. Items that an entity had before
are left out.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from banian.batches import ID, EntityState, encode_rows
from banian.bundle import Bundle, load_bundle
from banian.examples import GrainExamples
from banian.features import EntityFeatures
from banian.features.codecs import Vocabulary
from banian.inference import calibrate_values, predict_rows

TIMES = 20


def main() -> None:
    """Load, make up rows, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="the folder that banian fit wrote")
    bundle = load_bundle(parser.parse_args().run)
    print(
        f"{'grain':24}{'fields':>7}{'rows':>6}{'encode':>9}{'forward':>9}{'calibrate':>11}{'all':>9}"
    )
    for grain in bundle.grains:
        for count in (1, 32, 500):
            rows = make_rows(bundle, grain, count)
            fields = sum(seen.columns.num_columns for seen in rows.entities.values())
            encode = measure(lambda rows=rows: encode_rows(bundle.joint.features, rows))
            forward = measure(lambda rows=rows: bundle.predict(rows, rows.tasks)) - encode
            values = bundle.predict(rows, rows.tasks)
            calibrate = measure(lambda rows=rows, v=values: calibrate_values(bundle, rows, v))
            whole = measure(lambda rows=rows: predict_rows(bundle, rows))
            print(
                f"{grain:24}{fields:7}{count:6}{encode:9.2f}{forward:9.2f}{calibrate:11.2f}{whole:9.2f}"
            )


def measure(ask: Callable[[], object]) -> float:
    """Give the median time of processor, in milliseconds."""
    ask()
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        ask()
        took.append(time.process_time() - began)
    return 1000 * statistics.median(took)


def make_rows(bundle: Bundle, grain: str, count: int) -> GrainExamples:
    """Make up rows of a grain; all of its tasks ask about each."""
    generator = np.random.default_rng(0)
    tasks = tuple(bundle.grains[grain].tasks)
    states = bundle.joint.features.entities
    shape = count, len(tasks)
    return GrainExamples(
        grain=grain,
        tasks=tasks,
        keys=pa.table({"id": [str(row) for row in range(count)]}),
        cluster=np.arange(count),
        clusters=pa.array([str(row) for row in range(count)]),
        cutoff=np.full(count, np.datetime64("2024-01-01", "us")),
        scene=pa.nulls(count, pa.string()),
        entities={
            entity: make_entity(states[entity], count, generator)
            for entity in bundle.grains[grain].entities
            if entity in states
        },
        asked=np.ones(shape, np.bool_),
        label=np.full(shape, np.nan),
        matured_at=np.full(shape, np.datetime64("NaT", "us")),
        level=np.zeros(shape),
    )


def make_entity(state: EntityState, count: int, generator: np.random.Generator) -> EntityFeatures:
    """Draw an entity's fields, and a full sequence for each path."""
    columns = draw(state, count, generator)
    ids = columns.pop(ID, None)
    sequences = {}
    for path, sequence in state.sequences.items():
        steps = sequence.steps
        start = pa.array(np.arange(count, dtype=np.int32) * steps)
        sizes = pa.array(np.full(count, steps, np.int32))
        sequences[path] = pa.table(
            {
                name: pa.ListViewArray.from_arrays(start, sizes, values)
                for name, values in draw(sequence.events, count * steps, generator).items()
            }
        )
    return EntityFeatures(np.ones(count, np.bool_), pa.table(columns), sequences, ids)


def draw(state: EntityState, count: int, generator: np.random.Generator) -> dict[str, pa.Array]:
    """Draw fields: a number among its knots and heavy values, a category among those that are known."""
    drawn = {}
    for name, number in state.numbers.items():
        drawn[name] = pa.array(generator.choice([*number.knots, *number.heavy], count))
    for name, categories in state.categories.items():
        known = ["a", "b", "c"]
        if isinstance(categories, Vocabulary):
            known = categories.values.drop_null().to_pylist()
        drawn[name] = pa.array(generator.choice(known, count).tolist(), pa.string())
    return dict(sorted(drawn.items()))


if __name__ == "__main__":
    main()
