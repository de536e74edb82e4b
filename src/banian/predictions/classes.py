"""From the probabilities of classes or items to the most probable ones."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from banian.predictions.answer import Answer
from banian.predictions.base import AbstractCalibration
from banian.predictions.temperature import sharpen


@final
@dataclass(frozen=True)
class ClassCalibration(AbstractCalibration):
    """One temperature for all classes; the value is the probability of the most probable known one.

    >>> ClassCalibration(1.0).apply(np.array([[0.2, 0.3, 0.5]]), np.zeros(1)).value
    array([0.3])
    """

    temperature: float

    @override
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        probability = sharpen(values, self.temperature)
        return Answer(probability[:, :-1].max(axis=1), weights=probability)

    @override
    def to_dict(self) -> dict[str, Any]:
        return {"kind": "classes", "temperature": self.temperature}
