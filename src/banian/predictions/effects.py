"""From what is expected under each treatment to what each adds."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from banian.predictions.answer import Answer
from banian.predictions.base import AbstractCalibration


@final
@dataclass(frozen=True)
class EffectCalibration(AbstractCalibration):
    """Nothing to calibrate, since nobody sees the effect in a row: the treatments' means less that of the control.

    Outputs are the means under the control and under each treatment; the value is the gain of the best treatment.

    >>> said = EffectCalibration().apply(np.array([[0.25, 0.75, 0.5]]), np.zeros(1))
    >>> said.value, said.weights
    (array([0.5]), array([[0.5 , 0.25, 0.  ]]))
    """

    @override
    def apply(
        self, values: Float[np.ndarray, "row output"], level: Float[np.ndarray, " row"]
    ) -> Answer:
        gains = values[:, 1:].astype(np.float64) - values[:, :1]
        nothing = np.zeros((len(gains), 1))
        return Answer(gains.max(axis=1), weights=np.concatenate([gains, nothing], axis=1))

    @override
    def to_dict(self) -> dict[str, Any]:
        return {"kind": "effects"}
