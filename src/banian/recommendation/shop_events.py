"""What the events of a shop say of items: who had which, how often they are asked for, and what goes with what."""

from collections import Counter
from datetime import timedelta
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int64

from banian.features.entity_events import EntityEvents, event_paths, read_events
from banian.features.path import EventPath
from banian.features.ticks import DAY
from banian.inference import Predictor
from banian.recommendation.goal import Goal

LATELY = timedelta(days=30)
"""What counts as lately."""
_LAST = 50
"""Events of somebody that are looked at."""
_COUNTS = 32
"""Days and scenes of which it is kept how often items are asked for."""
_OTHERS = 200
"""Others who had the same item, the latest, whose events are looked at."""


@final
class ShopEvents:
    """Reads the events in which items stand beside those to whom they are recommended.

    Args:
        predictor: the model, and what is known of its entities.
        goal: which items, and for whom.

    """

    def __init__(self, predictor: Predictor, goal: Goal) -> None:
        self._store, self._goal = predictor.store, goal
        self._of_whom = event_paths(predictor.spec, goal.whom)
        self._of_items = {} if goal.items is None else event_paths(predictor.spec, goal.items)
        self._columns = {table: _link(predictor, table, goal) for table in self._of_whom}
        self.tables = tuple(table for table, column in self._columns.items() if column)
        """Tables whose rows name both."""
        asked = [table for table in self.tables if table != goal.table]
        self.table = (asked or [*self.tables, ""])[0] if not goal.is_list else goal.table
        """The table that says who had what: another than that whose rows ask, where there is one."""
        self.scene = None if not self.table else predictor.spec.source(self.table).scene
        self._counts: dict[tuple[int, str | None], Int64[np.ndarray, " item"]] = {}

    def of(
        self, who: str, at: int, table: str | None = None, within: timedelta | None = None
    ) -> EntityEvents:
        """Read the latest events of somebody, all of them where it is said of how long."""
        path = self._of_whom.get(table or self.table)
        if path is None:
            return EntityEvents(np.zeros(0, np.int64), np.zeros(0, np.int64), {})
        return read_events(
            self._store,
            self._goal.whom,
            path,
            pa.array([who], pa.string()),
            np.array([at]),
            within=within,
            most=_LAST if within is None else None,
        )

    def items_of(self, events: EntityEvents, table: str | None = None) -> list[str | None]:
        """Name the item of each event."""
        column = self._columns.get(table or self.table)
        if column is None or column not in events.columns:
            return [None] * len(events)
        names: list[str | None] = events.columns[column].to_pylist()
        return names

    def popularity(self, keys: pa.Array, at: int, scene: str | None) -> Int64[np.ndarray, " item"]:
        """Count the events of each item lately, those of a scene where one is named; by whole days."""
        day = -(-at // DAY) * DAY, scene
        if day not in self._counts:
            if len(self._counts) >= _COUNTS:
                self._counts.clear()
            self._counts[day] = self._count(keys, *day)
        return self._counts[day]

    def _count(self, keys: pa.Array, at: int, scene: str | None) -> Int64[np.ndarray, " item"]:
        path = self._of_items.get(self.table)
        if path is None:
            return np.zeros(len(keys), np.int64)
        events = self._lately(keys, at, path)
        ask, places = events.ask, events.columns.get(str(self.scene))
        if scene is not None and places is not None:
            ask = ask[np.asarray(pc.equal(places, scene).fill_null(False))]
        return np.bincount(ask, minlength=len(keys)).astype(np.int64)

    def _lately(self, keys: pa.Array, at: int, path: EventPath) -> EntityEvents:
        items = str(self._goal.items)
        return read_events(self._store, items, path, keys, np.full(len(keys), at), within=LATELY)

    def together(self, item: str, who: str, at: int) -> tuple[Counter[str], int]:
        """Count what others had who had an item, each of them once; and say how many others there were."""
        path, whose = self._of_items.get(self.table), self._of_whom.get(self.table)
        if path is None or whose is None:
            return Counter(), 0
        key, now = pa.array([item], pa.string()), np.array([at])
        events = read_events(self._store, str(self._goal.items), path, key, now, most=_OTHERS)
        if whose.link not in events.columns:
            return Counter(), 0
        others = dict.fromkeys(events.columns[whose.link].to_pylist())
        names = [name for name in others if name is not None and name != who]
        if not names:
            return Counter(), 0
        theirs = read_events(
            self._store,
            self._goal.whom,
            whose,
            pa.array(names, pa.string()),
            np.full(len(names), at),
            most=_LAST,
        )
        pairs = set(zip(theirs.ask.tolist(), self.items_of(theirs), strict=True))
        return Counter(one for _, one in pairs if one is not None and one != item), len(names)


def _link(predictor: Predictor, table: str, goal: Goal) -> str | None:
    """Name the column of a table's rows that holds the item."""
    if goal.items is None:
        return goal.item_column if table == goal.table else None
    links = predictor.spec.source(table).links
    return next((column for column, to in links.items() if to == goal.items), None)
