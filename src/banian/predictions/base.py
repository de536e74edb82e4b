"""The contract of all calibrations."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Float

from banian.predictions.answer import Answer


class AbstractCalibration(ABC):
    """Turns the outputs of one model, or the mean of several, into answers that mean what they say."""

    @abstractmethod
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        """Answer each row by its outputs and its entity's trailing level, and by nothing else."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Say it in plain values, ready for JSON; `kind` tells which calibration it is."""
