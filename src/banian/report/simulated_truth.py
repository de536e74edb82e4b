"""The true probabilities of a simulated shop, and the labels drawn by them."""

from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Bool, Float64

from banian.errors import TableError
from banian.storage import reason_of

OTHER_SIMULATION = "Name the folder of the simulation whose tables this run was fitted on."
_COLUMNS = ["table", "key", "label", "given", "probability", "value"]


@final
@dataclass(frozen=True)
class TrueLabels:
    """The drawn labels of some rows."""

    probability: Float64[np.ndarray, " row"]
    """Probability with which the label was drawn."""
    value: Bool[np.ndarray, " row"]
    """The label."""


@final
@dataclass(frozen=True, eq=False)
class SimulatedTruth:
    """The true probabilities of labels of rows; for some labels only given that another one came true."""

    rows: pa.Table
    """Columns table, key, label, given, probability, value."""

    def labels(self) -> set[tuple[str, str]]:
        """List the pairs of table and label that it knows."""
        pairs = self.rows.select(["table", "label"]).group_by(["table", "label"]).aggregate([])
        return {(pair["table"], pair["label"]) for pair in pairs.to_pylist()}

    def look_up(self, table: str, label: str, keys: pa.Array) -> TrueLabels | None:
        """Look up a label of the rows with these keys, in their order.

        None where some rows have no probability, because the label that it is given did not come true for them.

        Raises:
            TableError: other rows are missing.

        """
        about = self.rows.filter((pc.field("table") == table) & (pc.field("label") == label))
        place = pc.index_in(keys, value_set=about["key"].combine_chunks())
        missing, given = keys.filter(place.is_null()), about["given"].drop_null().unique()
        if len(missing) and len(given):
            above = self.look_up(table, str(given[0]), missing)
            if above is None or not above.value.any():
                return None
        if len(missing):
            raise TableError(
                f"The truth about {table}.{label} lacks {len(missing):,} of {len(keys):,} test rows, "
                f"for example the one with key {missing[0]}.",
                remedy=OTHER_SIMULATION,
            )
        found = about.take(place)
        return TrueLabels(
            found["probability"].to_numpy().astype(np.float64),
            found["value"].to_numpy().astype(bool),
        )


def read_simulated_truth(folder: Path) -> SimulatedTruth:
    """Read the truth that a simulation left beside its tables.

    Raises:
        TableError: there is none, or it cannot be read.

    """
    path = folder / "truth.parquet"
    try:
        return SimulatedTruth(pq.read_table(path, columns=_COLUMNS))
    except FileNotFoundError:
        raise TableError(
            f"There is no file {path}.", remedy="Name the folder that banian simulate wrote."
        ) from None
    except (OSError, pa.ArrowException) as error:
        raise TableError(
            f"Cannot read {path}: {reason_of(error)}.", remedy=OTHER_SIMULATION
        ) from None
