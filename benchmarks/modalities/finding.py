"""What a baseline says of the test rows of a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32


@dataclass(frozen=True)
class Finding:
    """One baseline on one task, in the order of `Rows.judged`."""

    task: str
    baseline: str
    said: Float32[np.ndarray, "seed row"]
    """Codes of classes, probabilities of yes, or numbers; what draws no lots has one seed."""
    chosen: Mapping[str, Any]
    """What the validation rows chose."""
    seconds: float
