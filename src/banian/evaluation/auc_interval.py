"""How sure an area under the ROC curve is, when rows of one entity resemble each other.

Source: Obuchowski, Biometrics 53, 1997 (clusters); Newcombe, Statistics in Medicine 25, 2006, method 5 (areas near 1).
"""

import math

import numpy as np
from jaxtyping import Float, Int

_Z = 1.959964


def evidence_of(
    label: Float[np.ndarray, " row"], cluster: Int[np.ndarray, " row"]
) -> tuple[float, float]:
    """Count how many independent positives and negatives the rows are worth.

    An entity whose rows all have one label counts once. One with both counts as often as the rarer of them: what
    follows the label within an entity is more than a name of the entity.

    >>> evidence_of(np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]), np.array([0, 0, 1, 1, 1, 2]))
    (2.0, 2.0)
    """
    positive = np.bincount(cluster, weights=label)
    negative = np.bincount(cluster) - positive
    both = np.minimum(positive, negative)
    mixed = both[both > 0].sum()
    return (
        float(mixed + ((positive > 0) & (negative == 0)).sum()),
        float(mixed + ((negative > 0) & (positive == 0)).sum()),
    )


def bound_auc(value: float, positives: float, negatives: float, *, upper: bool = False) -> float:
    """Give the lower (or upper) end of the 95 % interval of an area, from counts alone: never without width.

    >>> round(bound_auc(1.0, 20.0, 20.0), 3), round(bound_auc(1.0, 2000.0, 2000.0), 4)
    (0.899, 0.999)
    """
    low, high = (value, 1.0) if upper else (0.0, value)
    for _ in range(40):
        at = (low + high) / 2
        is_inside = abs(value - at) <= _Z * math.sqrt(_variance(at, positives, negatives))
        if is_inside == upper:
            low = at
        else:
            high = at
    return (low + high) / 2


def _variance(area: float, positives: float, negatives: float) -> float:
    half = (positives + negatives) / 2 - 1
    spread = 1 + half * ((1 - area) / (2 - area) + area / (1 + area))
    return area * (1 - area) * spread / (positives * negatives)


def standard_error(influence: Float[np.ndarray, " row"], cluster: Int[np.ndarray, " row"]) -> float:
    """Give the standard error of an estimate whose rows pull at it so much, entities being drawn.

    >>> standard_error(np.array([0.3, -0.3]), np.array([0, 0]))
    0.0
    """
    return float(np.sqrt((np.bincount(cluster, weights=influence) ** 2).sum()))
