"""From examples to predictions; the one way, whether they are judged, written or served."""

import numpy as np

from banian.bundle import Bundle
from banian.examples import Examples
from banian.predictions import Predictions, log_odds


def answer(bundle: Bundle, examples: Examples) -> dict[str, Predictions]:
    """Predict every task for the rows that it asks about."""
    answers = {}
    for rows in examples.grains.values():
        known = bundle.grains[rows.grain].tasks
        values = bundle.predict(rows, rows.tasks)
        for at, task in enumerate(rows.tasks):
            asked = np.flatnonzero(rows.asked[:, at])
            value = values[task][asked, 0]
            if known[task].kind == "binary":
                value = bundle.calibrations[task].apply(log_odds(value))
            answers[task] = Predictions(
                task=task,
                keys=rows.keys.take(asked),
                cutoff=rows.cutoff[asked],
                scene=rows.scene.take(asked),
                value=value,
            )
    return answers
