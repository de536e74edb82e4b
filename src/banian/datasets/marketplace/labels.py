"""Labels as the shop sees them: late, and sometimes never."""

import numpy as np
import pyarrow as pa

from banian.datasets.marketplace.arrow_columns import instants
from banian.datasets.marketplace.world import World


def label_columns(
    world: World, name: str, value: np.ndarray, known_at: np.ndarray, generator: np.random.Generator
) -> dict[str, pa.Array]:
    """Give a label and the time at which it became known; both are absent if lost, or not known by the end."""
    lost = generator.random(len(value)) < world.market.missing_labels
    absent = lost | (known_at >= world.end)
    return {name: pa.array(value, mask=absent), f"{name}_known_at": instants(known_at, absent)}
