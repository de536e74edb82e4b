"""The row of an entity as an ask says it, in the place of what is stored."""

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from banian.errors import AskError
from banian.features.asked_row import AskedRow
from banian.inference.asks import GrainAsks


def own_of_entity(
    row: AskedRow | None, asks: GrainAsks, given: pa.Table
) -> tuple[dict[str, pa.Array], dict[str, Bool[np.ndarray, " ask"]]]:
    """Compute what asks say of an entity's own row, and in which asks that stands in the place of what is stored.

    Raises:
        AskError: a column is derived from one that an ask gives and from others that it does not give.

    """
    if row is None or given.num_columns == 1:
        return {}, {}
    says = {name: given[name].is_valid().to_numpy() for name in given.column_names}
    stands = {}
    for name, reads in row.reads.items():
        some = [says[read] for read in reads if read in says]
        if not some:
            continue
        stands[name] = np.logical_or.reduce(some)
        for read in reads:
            lacks = stands[name] & ~says.get(read, np.zeros(len(given), bool))
            if lacks.any() and len(reads) > 1:
                raise AskError(
                    f"ask {asks.place[int(np.argmax(lacks))]}: {name} of {asks.about} is derived from "
                    f"{' and '.join(reads)}, and {read} is not given.",
                    remedy=f"Write {read} as well.",
                )
    own = row.compute(given)
    return {name: own[name] for name in stands}, stands
