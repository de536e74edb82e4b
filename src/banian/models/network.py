"""A fitted network as it is kept: what its features looked like, and the members that answer together.

Source: Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles", NeurIPS
2017: networks that differ only in their seed, averaged.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64
from typing_extensions import override

from banian.batches import Batch, FeatureState, encode_rows
from banian.examples import GrainExamples
from banian.models.grain import Grain
from banian.models.model import Model
from banian.models.predict import predict_values
from banian.predictions import average_values

_ROWS_AT_ONCE = 2**14
"""Rows that are encoded together."""


@dataclass(frozen=True)
class AbstractNetwork(ABC):
    """Members of one architecture; each task is answered by the mean of some of them."""

    features: FeatureState
    grains: Mapping[str, Grain]
    members: tuple[Model, ...]
    """Frozen: `freeze` gives such."""
    answering: Mapping[str, tuple[int, ...]]
    """Task → the members that answer it: one of each seed, taken at the moments that were best for the task."""

    def predict(
        self, rows: GrainExamples, tasks: tuple[str, ...]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        """Predict tasks of a grain for all its rows, in the units of their labels.

        Labels are not looked at, and need not be there.
        """
        if not tasks:
            return {}
        known = rows.choose(tuple(self.grains[rows.grain].tasks))
        if len(known) <= _ROWS_AT_ONCE:
            return self._predict(known, tasks)
        # Some at a time, so that rows need not fit into memory once more as tensors.
        starts = range(0, len(known), _ROWS_AT_ONCE)
        parts = [self._predict(known.slice(start, _ROWS_AT_ONCE), tasks) for start in starts]
        return {task: np.concatenate([part[task] for part in parts]) for task in tasks}

    @abstractmethod
    def answer(
        self, place: int, batch: Batch, tasks: Sequence[str]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        """Predict tasks that a member answers for the rows of a batch, as `predict_values` does."""

    def _predict(
        self, rows: GrainExamples, tasks: tuple[str, ...]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        batch = encode_rows(self.features, rows)
        return self._average(tasks, lambda place, asked: self.answer(place, batch, asked))

    def _average(
        self,
        tasks: tuple[str, ...],
        answer: Callable[[int, Sequence[str]], Mapping[str, Float64[np.ndarray, "row output"]]],
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        """Average what the members say that answer these tasks."""
        said: dict[str, list[Float64[np.ndarray, "row output"]]] = {task: [] for task in tasks}
        for place in range(len(self.members)):
            asked = [task for task in tasks if place in self.answering[task]]
            if asked:
                values = answer(place, asked)
                for task in asked:
                    said[task].append(values[task])
        return {task: average_values(values) for task, values in said.items()}


@final
@dataclass(frozen=True)
class Network(AbstractNetwork):
    """The members as they were trained, computed by torch."""

    @override
    def answer(
        self, place: int, batch: Batch, tasks: Sequence[str]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        return predict_values(self.members[place], batch, tasks=tasks)
