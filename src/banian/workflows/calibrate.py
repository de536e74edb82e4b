"""Calibrate what serves each task, on rows that were kept aside for it."""

from collections.abc import Mapping

import numpy as np

from banian.bundle import Bundle
from banian.examples import Examples, Roles
from banian.inference import most_rows, predict_chosen
from banian.kinds import build_kind
from banian.predictions import AbstractCalibration


def calibrate(
    bundle: Bundle, examples: Examples, roles: Mapping[str, Roles]
) -> dict[str, AbstractCalibration]:
    """Fit each task's calibration on the rows that the refit did not see, by what serves the task."""
    fitted = {}
    for grain, rows in examples.grains.items():
        towers = bundle.grains[grain].tasks
        kept = np.flatnonzero(roles[grain].calibration.any(axis=1))
        # Of very many classes what fits into memory is enough for one temperature.
        kept = kept[: most_rows(bundle.grains[grain])]
        part, known = rows.without_features().take(kept), roles[grain].calibration[kept]
        counts = {task: part.weight_of(task) for task in towers}
        values = predict_chosen(bundle, rows, kept, tuple(towers))
        for task, tower in towers.items():
            at = part.tasks.index(task)
            here = known[:, at]
            fitted[task] = build_kind(tower.kind).fit_calibration(
                tower,
                values[task][here],
                part.label[here, at],
                part.level[here, at],
                part.cluster[here],
                None if (weight := counts[task]) is None else weight[here],
            )
    return fitted
