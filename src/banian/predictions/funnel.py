"""Chains of tasks, each asked only where the one before came true: P(buy) = P(click)·P(buy | click)."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Float64


def chain_of(task: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """List the tasks that lead to a task, the first one first, itself last.

    `given` maps a task to the one that it is given.

    >>> chain_of("return", {"buy": "click", "return": "buy"})
    ('click', 'buy', 'return')
    >>> chain_of("click", {"buy": "click"})
    ('click',)
    """
    chain = [task]
    while chain[-1] in given:
        chain.append(given[chain[-1]])
    return tuple(reversed(chain))


def joint_probability(steps: Sequence[Float[np.ndarray, " row"]]) -> Float64[np.ndarray, " row"]:
    """Compute how probable it is that all steps of a chain come true.

    `steps` are what the tasks of a chain predict for the same rows, in the order of `chain_of`: each a probability
    given that the step before came true. The result never exceeds that of a shorter chain.

    Raises: ValueError where there is no step, or a number is no probability (an unknown one, NaN, stays unknown).

    >>> click, buy = np.array([0.5, 0.1]), np.array([0.2, 1.0])
    >>> joint_probability([click, buy])
    array([0.1, 0.1])
    """
    if not steps:
        raise ValueError("a chain has at least one step")
    joint = np.ones(len(steps[0]))
    for probability in steps:
        outside = (probability < 0) | (probability > 1)
        if outside.any():
            raise ValueError(f"{probability[outside][0]:g} is not a probability")
        joint = joint * probability
    return joint
