"""The headline metric of a task in each scene, the place of use."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banian.evaluation.bootstrap import bootstrap_interval
from banian.evaluation.metrics import measure
from banian.evaluation.prediction_table import read_prediction_table, read_weight
from banian.spec import Metric

_MOST_SCENES = 8
_DRAWS = 200  # for a picture; the table's intervals take more


@final
@dataclass(frozen=True)
class SceneScore:
    """A task's metric on the test rows of one scene."""

    scene: str
    value: float
    """The metric."""
    interval: tuple[float, float] | None
    """95 %, rows being drawn; None where it is undefined."""
    rows: int
    """Test rows with a label."""


def scene_scores(
    metric: Metric, judged: pa.Table, *, quantile: float | None = None
) -> tuple[SceneScore, ...]:
    """Score the scenes with most rows, in that order; none where there are fewer than two.

    `judged` are the test predictions of the task whose label is known, `quantile` is that which it predicts, if so.
    A scene in which the metric is undefined is left out, and all of them where the table does not hold what the metric
    needs. Rows are drawn one by one for the interval, since predictions do not say whose they are.
    """
    counts = judged["scene"].drop_null().value_counts().to_pylist()
    largest = sorted(counts, key=lambda pair: (-pair["counts"], pair["values"]))[:_MOST_SCENES]
    scores = []
    for scene in (pair["values"] for pair in largest):
        rows = judged.filter(pc.field("scene") == scene)
        reading = read_prediction_table(metric, rows, quantile=quantile)
        if reading is None:
            return ()
        label, value = reading
        weight = read_weight(rows)
        found = measure(metric, label, value, weight)
        if math.isnan(found):
            continue
        ends = bootstrap_interval(
            metric, label, value, np.arange(len(label)), weight=weight, resamples=_DRAWS, seed=0
        )
        scores.append(SceneScore(scene, found, None if math.isnan(ends[0]) else ends, len(label)))
    return tuple(scores) if len(scores) > 1 else ()
