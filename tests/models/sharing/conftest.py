"""Weights as an oracle in NumPy reads them."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from torch import nn

Weights = Mapping[str, np.ndarray]


def read_weights(module: nn.Module) -> dict[str, np.ndarray]:
    """Name → tensor in float64; what the tasks own of a tensor is joined along its first axis."""
    parts: dict[str, list[np.ndarray]] = {}
    for name, value in module.state_dict().items():
        whole = name.partition(".by_task.")[0].removesuffix(".value")
        parts.setdefault(whole, []).append(value.double().numpy())
    return {name: np.concatenate(found) for name, found in parts.items()}


@pytest.fixture
def weights_of() -> Callable[[nn.Module], dict[str, np.ndarray]]:
    return read_weights
