"""Random draws from probabilities and weights."""

import numpy as np


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Turn log-odds into probabilities.

    >>> sigmoid(np.array([0.0])).tolist()
    [0.5]
    """
    return 1 / (1 + np.exp(-np.clip(logit, -30, 30)))


def choose(generator: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """Draw one column for every row, in proportion to its weights."""
    up_to = np.cumsum(weights, axis=1)
    drawn = generator.random(len(weights)) * up_to[:, -1]
    return np.minimum((up_to <= drawn[:, None]).sum(axis=1), weights.shape[1] - 1)


def happens(generator: np.random.Generator, probability: np.ndarray) -> np.ndarray:
    """Draw whether each thing happens."""
    return generator.random(len(probability)) < probability
