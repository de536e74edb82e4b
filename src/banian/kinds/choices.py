"""The names of what is chosen, and what speaks for each."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from jaxtyping import Float

from banian.evaluation import rank_choices
from banian.predictions import CHOICES


def name_best(
    names: Sequence[str],
    weights: Float[np.ndarray, "row choice"],
    top: int,
    *,
    only_weighted: bool = False,
) -> pa.Array:
    """List the choices of each row with the largest weights by name, the best first, a `CHOICES` per row.

    Args:
        names: of the choices, without the one of the last column.
        weights: what speaks for each choice; the last column is never chosen.
        top: how many are listed.
        only_weighted: whether a choice for which nothing speaks is left out, so that fewer may be listed.

    """
    best = rank_choices(weights, top)
    value = np.take_along_axis(weights, best, axis=1)
    is_there = value > 0 if only_weighted else np.ones_like(value, bool)
    flat = pa.StructArray.from_arrays(
        [
            pa.array(names, pa.string()).take(pa.array(best[is_there])),
            pa.array(value[is_there]),
        ],
        fields=list(CHOICES.value_type),
    )
    ends = np.cumsum([0, *is_there.sum(axis=1)])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), flat)
