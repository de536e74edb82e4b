"""What a simulated shop knew and drew."""

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
    """The labels of some rows."""

    probability: Float64[np.ndarray, " row"]
    """With which the label was to come true."""
    value: Bool[np.ndarray, " row"]
    """Whether it did."""


@final
@dataclass(frozen=True, eq=False)
class SimulatedTruth:
    """The true probabilities of row labels; of some labels only given that another one came true."""

    rows: pa.Table

    def labels(self) -> set[tuple[str, str]]:
        """Give every table and label that something is known about."""
        pairs = self.rows.select(["table", "label"]).group_by(["table", "label"]).aggregate([])
        return {(pair["table"], pair["label"]) for pair in pairs.to_pylist()}

    def draws(self, table: str, label: str, keys: pa.Array) -> TrueLabels | None:
        """Look rows up; nothing where some have no probability, as what it is given did not come true for them.

        Raises:
            TableError: other rows are missing.

        """
        about = self.rows.filter((pc.field("table") == table) & (pc.field("label") == label))
        place = pc.index_in(keys, value_set=about["key"].combine_chunks())
        missing, given = keys.filter(place.is_null()), about["given"].drop_null().unique()
        if len(missing) and len(given):
            above = self.draws(table, str(given[0]), missing)
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
