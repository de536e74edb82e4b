"""What a fit left behind of a model that answers, as far as it is of this model."""

from pathlib import Path

import pyarrow as pa

from banian.errors import BanianError
from banian.inference import Predictor
from banian.report.run import Run, read_run


def stored_report(folder: Path, predictor: Predictor) -> Run:
    """Read the test predictions of a run; none where they were not kept, or are those of another bundle."""
    try:
        found = read_run(folder)
    except BanianError:
        found = None
    card = predictor.card
    if found is not None and found.card == card:
        return found
    return Run(folder, predictor.spec, card, _NOTHING, ())


_NOTHING = pa.table({"task": pa.array([], pa.string()), "value": pa.array([], pa.float64())})
