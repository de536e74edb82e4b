"""What an entity has done so far, for each ask: features, and its newest events as sequences, piece by piece."""

from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from banian.features.entity_plan import HistoryPlan
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
        self._plan, self._asks = plan, asks
        self._features: dict[str, Float[np.ndarray, " ask"]] = {}
        self._sequences = {group.known: SequenceBuilder(asks) for group in plan.groups}

    def add(self, group: KnownTogether, stretch: Stretch) -> None:
        """Summarise some events for the asks that see them."""
        if stretch.gaps is not None:
            for statistic, values in summarise_events(stretch.timeline, stretch.gaps).items():
                self._put(None, statistic, stretch.ask, values)
        for columns in stretch.columns:
            for column, statistic, values in columns.summarise(stretch.timeline):
                self._put(column, statistic, stretch.ask, values)
        events, first, stop = stretch.newest()
        self._sequences[group.known].add(events, stretch.ask, first, stop)

    def features(self) -> pa.Table:
        """Give one row per ask; absent where nothing was known."""
        names = (name for name in self._plan.names.values() if name in self._features)
        return pa.table({n: pa.array(self._features[n], from_pandas=True) for n in names})

    def sequences(self) -> dict[str, pa.Table]:
        """Give the newest events of each ask, by path and by when their columns become known."""
        return {
            group.sequence_of(self._plan.path): self._sequences[group.known].build(self._plan.path)
            for group in self._plan.groups
        }

    def _put(
        self,
        column: str | None,
        statistic: Statistic,
        ask: Int[np.ndarray, " ask"],
        values: Float[np.ndarray, " ask"],
    ) -> None:
        name = self._plan.names[column, statistic]
        if name not in self._features:
            self._features[name] = np.full(self._asks, np.nan)
        self._features[name][ask] = values
