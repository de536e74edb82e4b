"""The items of a shop: their keys, and what their own rows say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int64

from banian.features.stored_catalogue import read_catalogue
from banian.features.stored_rows import NEVER
from banian.inference import Predictor
from banian.recommendation.goal import Goal
from banian.spec import DerivedTableSpec, SourceTableSpec


@final
@dataclass(frozen=True, eq=False)
class Catalogue:
    """Items, a row each.

    Args:
        keys: their names, as text.
        columns: what is known of them and may be shown; personal data are not among it.
        since: the tick from which on an item is there; NEVER where it always was.

    """

    keys: pa.Array
    columns: pa.Table
    since: Int64[np.ndarray, " item"]

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def names(self) -> Sequence[str]:
        """The keys, as a list."""
        names: list[str] = self.keys.to_pylist()
        return names

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Key → which row it is."""
        return {name: at for at, name in enumerate(self.names)}

    def there(self, at: int) -> Bool[np.ndarray, " item"]:
        """Say which items were there at a tick."""
        return (self.since == NEVER) | (self.since <= at)


def open_catalogue(predictor: Predictor, goal: Goal) -> Catalogue:
    """Read the items that a goal ranks from the store.

    Raises:
        BundleError: the store is damaged.

    """
    spec, folder = predictor.spec, predictor.store.folder
    if goal.items is None:
        classes = predictor.bundle.grains[spec.tasks[goal.tasks[0]].grain].tasks[goal.tasks[0]]
        return _without_rows(pa.array(classes.classes, pa.string()), goal.item_column)
    declared = spec.tables[goal.items]
    if isinstance(declared, DerivedTableSpec):
        key = declared.key
        found = read_catalogue(folder, declared.from_, key, [])
        return _without_rows(found[key].cast(pa.string()).combine_chunks(), key)
    assert isinstance(declared, SourceTableSpec)
    types, key = predictor.bundle.types[goal.items], str(declared.key)
    shown = [
        name
        for name, kind in types.items()
        if kind.kind != "other" and name not in declared.pii and name not in declared.known_at
    ]
    rows = read_catalogue(folder, goal.items, key, shown)
    since = np.full(len(rows), NEVER)
    if declared.time is not None:
        ticks = rows[declared.time].cast(pa.timestamp("us")).cast(pa.int64())
        since = pc.fill_null(ticks, NEVER).to_numpy()
    return Catalogue(rows[key].cast(pa.string()).combine_chunks(), rows, since)


def _without_rows(keys: pa.Array, column: str) -> Catalogue:
    return Catalogue(keys, pa.table({column: keys}), np.full(len(keys), NEVER))
