"""The names of what is chosen, and what speaks for each."""

import numpy as np
import pyarrow as pa
from jaxtyping import Float64

from banian.evaluation import rank_choices
from banian.models import TowerSpec
from banian.predictions import CHOICES

_MOST_CLASSES = 5


def name_choices(spec: TowerSpec, weights: Float64[np.ndarray, "row choice"]) -> pa.Array | None:
    """List the best classes, items or treatments of each row by name; nothing for kinds that choose nothing."""
    match spec.kind:
        case "multiclass":
            names, top = spec.classes, _MOST_CLASSES
        case "ranking":
            assert spec.top is not None
            names, top = spec.classes, spec.top
        case "uplift":
            names, top = spec.classes[1:], len(spec.classes) - 1
        case _:
            return None
    best = rank_choices(weights, top)
    value = np.take_along_axis(weights, best, axis=1)
    # Of items there may be fewer than are asked for: those that the row had before have no weight.
    is_there = value > 0 if spec.kind == "ranking" else np.ones_like(value, bool)
    flat = pa.StructArray.from_arrays(
        [
            pa.array(names, pa.string()).take(pa.array(best[is_there])),
            pa.array(value[is_there]),
        ],
        fields=list(CHOICES.value_type),
    )
    ends = np.cumsum([0, *is_there.sum(axis=1)])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), flat)
