"""Calibrate what serves each task, on rows that were kept aside for it."""

from collections.abc import Mapping

import numpy as np

from banian.batches import FeatureState, encode_rows
from banian.examples import Examples, Roles
from banian.models import Grain, Model, fit_calibration, predict_values
from banian.predictions import AbstractCalibration
from banian.workflows.answer import cut


def calibrate(
    model: Model,
    features: FeatureState,
    grains: Mapping[str, Grain],
    examples: Examples,
    roles: Mapping[str, Roles],
) -> dict[str, AbstractCalibration]:
    """Fit each task's calibration on the rows that the refit did not see."""
    fitted = {}
    for grain, rows in examples.grains.items():
        kept = np.flatnonzero(roles[grain].calibration.any(axis=1))
        # Of very many classes what fits into memory is enough for one temperature.
        part = next(cut(grains[grain], rows.take(kept)))
        known = roles[grain].calibration[kept[: len(part)]]
        values = predict_values(model, encode_rows(features, part))
        for task, tower in grains[grain].tasks.items():
            at = part.tasks.index(task)
            here = known[:, at]
            fitted[task] = fit_calibration(
                tower,
                values[task][here],
                part.label[here, at],
                part.level[here, at],
                part.cluster[here],
            )
    return fitted
