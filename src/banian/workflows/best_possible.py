"""best possible: how far the model is from the true probabilities of a simulated shop."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa

from banian.errors import BundleError, SpecError, TableError
from banian.evaluation import log_loss, measure, read_weight
from banian.kinds import build_kind
from banian.report import OTHER_SIMULATION, BestPossible, Run, SimulatedTruth, read_simulated_truth
from banian.spec import RowTaskSpec


def best_possible(run: Run, folder: Path) -> dict[str, BestPossible]:
    """Score the true probabilities of every binary row task that a simulation knows, on the rows that judged the task.

    A task is left out where its label is known only given another, which not all of these rows have.

    Raises:
        SpecError: none of the run's tasks is known.
        TableError: the truth cannot be read, lacks judged rows, or tells of other labels.
        BundleError: the run did not keep its test labels.

    """
    truth = read_simulated_truth(folder)
    known = truth.labels()
    tasks = {
        name: task
        for name, task in run.spec.tasks.items()
        if isinstance(task, RowTaskSpec)
        and build_kind(run.card["scores"][name]["kind"]).is_probability
        and run.spec.source(task.rows).key is not None
        and (task.rows, task.label) in known
    }
    if not tasks:
        names = ", ".join(sorted(f"{table}.{label}" for table, label in known)) or "nothing"
        raise SpecError(
            f"The truth in {folder} is about {names}; no binary task of {run.folder} asks for that.",
            remedy=OTHER_SIMULATION,
        )
    if not run.is_labelled:
        raise BundleError(
            f"test_predictions.parquet in {run.folder} has no column label: an older Banian wrote it.",
            remedy="Run banian fit again.",
        )
    best = {name: _of_task(run, name, task, truth) for name, task in tasks.items()}
    return {name: found for name, found in best.items() if found is not None}


def _of_task(run: Run, name: str, task: RowTaskSpec, truth: SimulatedTruth) -> BestPossible | None:
    judged, score = run.judged(name), run.card["scores"][name]
    drawn = truth.look_up(task.rows, str(task.label), _keys(run, name, task))
    if drawn is None:
        return None
    label = judged["label"].to_numpy().astype(np.float64)
    others = int((drawn.value != (label == 1)).sum())
    if others:
        raise TableError(
            f"tasks.{name}: {others:,} of {len(label):,} test labels are not what the truth drew: the tables are "
            f"others, or the label is cut off before it is final.",
            remedy=f"{OTHER_SIMULATION} Where the task says within, make it long enough for every label.",
        )
    weight = read_weight(judged)
    base_rate = np.full(len(label), run.card["labels"][name]["mean"])
    model = judged["value"].to_numpy().astype(np.float64)
    constant, reached, least = (
        log_loss(label, said, weight) for said in (base_rate, model, drawn.probability)
    )
    value = measure(score["metric"], label, drawn.probability, weight)
    return BestPossible(
        value=None if math.isnan(value) else value,
        gap_closed=(constant - reached) / (constant - least) if constant > least else None,
    )


def _keys(run: Run, name: str, task: RowTaskSpec) -> pa.Array:
    key = str(run.spec.source(task.rows).key)
    try:
        return run.judged(name)[key].combine_chunks().cast(pa.int64())
    except pa.ArrowInvalid:
        raise TableError(
            f"tasks.{name}: the keys of {task.rows!r} are not whole numbers, those of the truth are.",
            remedy=OTHER_SIMULATION,
        ) from None
