"""What was said of some rows beside what came true, as each metric reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float64

from banian.spec import Metric

Reading = tuple[Float64[np.ndarray, "..."], Float64[np.ndarray, "..."]]
"""Labels and predictions as a metric takes them, [row, …] both."""


@final
@dataclass(frozen=True, eq=False)
class Outcome:
    """One task's labels and predictions, on the rows that judge it."""

    readings: Mapping[Metric, Reading]
    """Every metric of the kind → what it takes; some take what each row adds to them as the prediction, and average."""
    confidence: Reading | None = None
    """Whether what was said came true, and how probable that was said to be."""
    threshold: float | None = None
    """Of yes or no, and of nothing else: the probability from which on the answer is yes."""
    inside: Bool[np.ndarray, " row"] | None = None
    """Whether the label lies in its interval; nothing where labels have none."""
    quantile: float | None = None
    """Of a quantile: which one, and so the share of labels that are to lie at or below it."""
    below: Bool[np.ndarray, " row"] | None = None
    """Of a quantile: whether the label lies at or below it."""
    hit: Bool[np.ndarray, " row"] | None = None
    """Of a ranking: whether at least one of the items that are named is right."""

    def __len__(self) -> int:
        return len(next(iter(self.readings.values()))[0])

    @staticmethod
    def chain(parts: "Sequence[Outcome]") -> "Outcome":
        """Put rows that were judged in parts together; there is at least one part.

        >>> one = Outcome({"mae": (np.zeros(2), np.ones(2))})
        >>> len(Outcome.chain([one, one]))
        4
        """
        first = parts[0]
        confidences = [part.confidence for part in parts if part.confidence is not None]
        insides = [part.inside for part in parts if part.inside is not None]
        belows = [part.below for part in parts if part.below is not None]
        hits = [part.hit for part in parts if part.hit is not None]
        return Outcome(
            readings={
                metric: _chain([part.readings[metric] for part in parts])
                for metric in first.readings
            },
            confidence=_chain(confidences) if confidences else None,
            threshold=first.threshold,
            inside=np.concatenate(insides) if insides else None,
            quantile=first.quantile,
            below=np.concatenate(belows) if belows else None,
            hit=np.concatenate(hits) if hits else None,
        )


def _chain(readings: Sequence[Reading]) -> Reading:
    labels, predictions = zip(*readings, strict=True)
    return np.concatenate(labels), np.concatenate(predictions)
