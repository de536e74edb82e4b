"""From examples to predictions: encoded, through the network or the trees, calibrated, beside what names the rows."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
from jaxtyping import Float64, Int64

from banian.batches import had_before
from banian.bundle import Bundle
from banian.examples import GrainExamples
from banian.inference.parts import cut_rows
from banian.kinds import TowerState, build_kind
from banian.predictions import Answer, Predictions, chain_predictions


def predict_rows(bundle: Bundle, rows: GrainExamples) -> dict[str, Predictions]:
    """Predict every task of a grain for those of its rows that it asks about: task → its predictions.

    Labels are not looked at, and need not be there.
    """
    grain = bundle.grains[rows.grain]
    parts: dict[str, list[Predictions]] = {}
    for part in cut_rows(grain, rows):
        for task, found in answer_rows(bundle, part).items():
            asked = part.asked[:, part.tasks.index(task)]
            if asked.all():
                said = to_predictions(grain.tasks[task], task, part, None, found)
            else:
                some = np.flatnonzero(asked)
                said = to_predictions(grain.tasks[task], task, part, some, found.take(some))
            parts.setdefault(task, []).append(said)
    return {task: chain_predictions(found) for task, found in parts.items()}


def answer_rows(bundle: Bundle, rows: GrainExamples) -> dict[str, Answer]:
    """Answer every task of a grain for all of its rows, calibrated."""
    rows = name_items(bundle, rows)
    return calibrate_values(bundle, rows, bundle.predict(rows, rows.tasks))


def predict_chosen(
    bundle: Bundle,
    rows: GrainExamples,
    chosen: Int64[np.ndarray, " chosen"],
    tasks: tuple[str, ...],
) -> dict[str, Float64[np.ndarray, "chosen output"]]:
    """Answer tasks of a grain for some of its rows before calibration, as many at once as fit into memory."""
    parts = [
        bundle.predict(name_items(bundle, some), tasks)
        for some in cut_rows(bundle.grains[rows.grain], rows, chosen)
    ]
    return {task: np.concatenate([said[task] for said in parts]) for task in tasks}


def calibrate_values(
    bundle: Bundle, rows: GrainExamples, values: Mapping[str, Float64[np.ndarray, "row output"]]
) -> dict[str, Answer]:
    """Calibrate what the bundle says of rows whose items are numbered as in training: task → its answer."""
    return {
        task: of_candidates(
            bundle.calibrations[task].apply(values[task], rows.level[:, at]), rows, task
        )
        for at, task in enumerate(rows.tasks)
    }


def of_candidates(found: Answer, rows: GrainExamples, task: str) -> Answer:
    """Take from each row's choices what it had before, where a task asks for what is new."""
    return found.without(had_before(rows, task)) if task in rows.had else found


def name_items(bundle: Bundle, rows: GrainExamples) -> GrainExamples:
    """Let items be numbered as they were in training."""
    towers = bundle.grains[rows.grain].tasks
    return replace(
        rows, classes={task: pa.array(towers[task].classes, pa.string()) for task in rows.seen}
    )


def to_predictions(
    tower: TowerState, task: str, rows: GrainExamples, chosen: np.ndarray | None, found: Answer
) -> Predictions:
    """Put the answers for chosen rows, or for all, beside what names these rows."""
    weights = found.weights
    whole = chosen is None
    return Predictions(
        task=task,
        keys=rows.keys if whole else rows.keys.take(chosen),
        cutoff=rows.cutoff if whole else rows.cutoff[chosen],
        scene=rows.scene if whole else rows.scene.take(chosen),
        value=found.value,
        lower=found.lower,
        upper=found.upper,
        choices=None if weights is None else build_kind(tower.kind).name_choices(tower, weights),
        mean=found.mean,
    )
