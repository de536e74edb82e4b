"""What an entity has done so far, for each ask: features, and its newest events as sequences, piece by piece."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from banian.features.feature import Feature
from banian.features.groups import KnownTogether
from banian.features.path import EventPath
from banian.features.sequence import SequenceBuilder
from banian.features.source import Stretch
from banian.features.summary import summarise_events
from banian.features.windows import Statistic

Planned: TypeAlias = Mapping[tuple[str | None, Statistic], Feature]
"""Column and statistic → the feature that it is."""


@final
class History:
    """Features and sequences of one path.

    Args:
        path: how the events reach who is asked about.
        groups: their columns, by when they become known.
        planned: what is made of them, by column and statistic.
        asks: how many rows ask.

    """

    def __init__(
        self, path: EventPath, groups: Iterable[KnownTogether], planned: Planned, asks: int
    ) -> None:
        self._path, self._planned, self._asks = path, planned, asks
        self._features: dict[str, Float[np.ndarray, " ask"]] = {}
        self._sequences = {group.known: (group, SequenceBuilder(asks)) for group in groups}

    def add(self, group: KnownTogether, stretch: Stretch) -> None:
        """Summarise some events for the asks that see them."""
        if stretch.gaps is not None:
            for statistic, values in summarise_events(stretch.timeline, stretch.gaps).items():
                self._put(None, statistic, stretch.ask, values)
        for columns in stretch.columns:
            for column, statistic, values in columns.summarise(stretch.timeline):
                self._put(column, statistic, stretch.ask, values)
        events, first, stop = stretch.newest()
        self._sequences[group.known][1].add(events, stretch.ask, first, stop)

    def features(self) -> pa.Table:
        """Give one row per ask; absent where nothing was known."""
        columns = {n: pa.array(c, from_pandas=True) for n, c in sorted(self._features.items())}
        return pa.table(columns)

    def sequences(self) -> dict[str, pa.Table]:
        """Give the newest events of each ask, by path and by when their columns become known."""
        return {
            group.sequence_of(self._path): builder.build(self._path)
            for group, builder in self._sequences.values()
        }

    def _put(
        self,
        column: str | None,
        statistic: Statistic,
        ask: Int[np.ndarray, " ask"],
        values: Float[np.ndarray, " ask"],
    ) -> None:
        name = self._planned[column, statistic].name
        if name not in self._features:
            self._features[name] = np.full(self._asks, np.nan)
        self._features[name][ask] = values
