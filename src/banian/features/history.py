"""What an entity has done so far, for each ask: features, and its newest events as sequences, piece by piece."""

from typing import final

import numpy as np
import pyarrow as pa

from banian.features.entity_plan import EntityPlan
from banian.features.feature_columns import NumberColumns
from banian.features.feature_values import hold_values
from banian.features.sequence import SequenceBuilder
from banian.features.source import Stretch
from banian.features.summary import STATISTICS

_CELLS = 2**16
"""Values that are put at once: of few asks those of all statistics."""


@final
class History:
    """Features and sequences of all events of an entity.

    Args:
        plan: what is made of them.
        asks: how many rows ask.

    """

    def __init__(self, plan: EntityPlan, asks: int) -> None:
        self._plan = plan
        self._values = hold_values(len(plan.places.names), asks)
        self._sequences = {
            (history.path, group.known): SequenceBuilder(asks)
            for history in plan.histories
            for group in history.groups
            if history.has_sequences
        }

    def add(self, stretch: Stretch) -> None:
        """Summarise some events for the asks that see them."""
        for columns in stretch.columns:
            found, places = columns.summarise(), self._plan.places.of(columns.kind, columns.names)
            statistics = STATISTICS[columns.kind]
            at_once = max(1, _CELLS // max(1, len(columns.names) * len(stretch.ask)))
            for start in range(0, len(statistics), at_once):
                some = slice(start, start + at_once)
                values = [found[one] for one in statistics[some]]
                put = np.concatenate(values) if len(values) > 1 else values[0]
                self._values.put(places[some].reshape(-1), stretch.ask, put)
        if self._sequences:
            for path, group, newest in stretch.newest():
                self._sequences[path, group.known].add(newest)

    def features(self) -> NumberColumns:
        """Give one number per ask and feature; NaN where nothing was known."""
        places, values = self._values.whole()
        names = self._plan.places.names
        if len(places) == len(names):
            return NumberColumns(names, values)
        return NumberColumns(tuple(names[place] for place in places), values)

    def sequences(self) -> dict[str, pa.Table]:
        """Give the newest events of each ask, by path and by when columns become known, where a model reads them."""
        return {
            group.sequence_of(history.path): self._sequences[history.path, group.known].build(
                history.path
            )
            for history in self._plan.histories
            for group in history.groups
            if history.has_sequences
        }
