"""What an entity has done so far, for each ask: features, and its newest events as sequences, piece by piece."""

from collections.abc import Sequence
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int64

from banian.features.entity_plan import HistoryPlan
from banian.features.feature_values import hold_values
from banian.features.groups import KnownTogether
from banian.features.sequence import SequenceBuilder
from banian.features.source import Stretch
from banian.features.summary import summarise_events
from banian.features.windows import Statistic


@final
class History:
    """Features and sequences of one path.

    Args:
        plan: what is made of its events.
        asks: how many rows ask.

    """

    def __init__(self, plan: HistoryPlan, asks: int) -> None:
        self._plan = plan
        self._values = hold_values(len(plan.names), asks)
        self._sequences = {
            group.known: SequenceBuilder(asks) for group in plan.groups if plan.has_sequences
        }

    def add(self, group: KnownTogether, stretch: Stretch) -> None:
        """Summarise some events for the asks that see them."""
        if stretch.gaps is not None:
            for statistic, values in summarise_events(stretch.timeline, stretch.gaps).items():
                self._put([None], statistic, stretch.ask, values)
        for columns in stretch.columns:
            for statistic, values in columns.summarise(stretch.timeline).items():
                self._put(columns.names, statistic, stretch.ask, values)
        if self._plan.has_sequences:
            events, first, stop = stretch.newest()
            self._sequences[group.known].add(events, stretch.ask, first, stop)

    def features(self) -> dict[str, pa.Array]:
        """Give one row per ask; absent where nothing was known."""
        names = list(self._plan.names.values())
        return {names[place]: column for place, column in self._values.columns().items()}

    def sequences(self) -> dict[str, pa.Table]:
        """Give the newest events of each ask, by path and by when columns become known, where a model reads them."""
        return {
            group.sequence_of(self._plan.path): self._sequences[group.known].build(self._plan.path)
            for group in self._plan.groups
            if self._plan.has_sequences
        }

    def _put(
        self,
        columns: Sequence[str | None],
        statistic: Statistic,
        ask: Int64[np.ndarray, " ask"],
        values: Float[np.ndarray, "column ask"] | Float[np.ndarray, " ask"],
    ) -> None:
        at = np.array([self._plan.places[column, statistic] for column in columns], np.int64)
        self._values.put(at, ask, values.reshape(len(at), len(ask)))
