"""The interval of a share of rows.

Source: Wilson, Journal of the American Statistical Association 22, 1927.
"""

from typing import TypeVar

import numpy as np

Z_95 = 1.959964
"""95 of 100 draws of a normal variable lie within so many standard deviations."""
_Number = TypeVar("_Number", float, np.ndarray)


def wilson_interval(rate: _Number, rows: _Number, deviations: float) -> tuple[_Number, _Number]:
    """Bound a share that was observed as `rate` among so many independent rows, or many such shares.

    `deviations` are the standard deviations of a normal variable within which the promised part of its draws lies:
    `Z_95` for 95 %. Rounding may put an end next to the rate on its wrong side.

    >>> [round(float(end), 3) for end in wilson_interval(0.5, 20.0, 1.96)]
    [0.299, 0.701]
    """
    widening = deviations**2 / rows
    middle = (rate + widening / 2) / (1 + widening)
    spread = np.sqrt(rate * (1 - rate) * widening + widening**2 / 4) / (1 + widening)
    return middle - spread, middle + spread
