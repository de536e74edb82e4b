"""The contract of all calibrations."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Float

from banian.predictions.answer import Answer


class AbstractCalibration(ABC):
    """Turns the outputs of one model, or the mean of several, into calibrated answers."""

    @abstractmethod
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        """Calibrate each row from its outputs and its entity's trailing level, in the unit of the label."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Convert to plain values for JSON; `kind` names the calibration."""
