"""What was known of an entity, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int, Int64

from banian.features.feature_columns import FeatureColumns
from banian.spec import Content


@final
@dataclass(frozen=True)
class EntityFeatures:
    """What was known of one entity, row by row."""

    present: Bool[np.ndarray, " row"]
    """Whether the row has such an entity."""
    columns: pa.Table | FeatureColumns
    """Feature → float64 or string; null where nothing was known. Sorted by name."""
    sequences: Mapping[str, pa.Table] = field(default_factory=dict)
    """Path of events → column → the newest values that were known, the newest first. The lists of a row are equally
    long throughout a table; columns that become known later than their event have tables of their own. None where the
    model reads no sequences."""
    ids: pa.Array | None = None
    """Which entity it is, as text, null where there is none; nothing where the row itself is what is described."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Column of a sequence → the entity that it names."""
    contents: Mapping[str, Content] = field(default_factory=dict)
    """Feature → what it holds, where an encoder of its own reads it: text, an image, sound."""
    told: Int64[np.ndarray, " told"] | None = None
    """Where rows that ask alike are told once: which of the rows above each of them is told; nothing where each has its
    own."""

    def take(self, index: Int[np.ndarray, " chosen"]) -> "EntityFeatures":
        """Select rows."""
        if self.told is not None:
            return replace(self, told=self.told[index])
        return replace(
            self,
            present=self.present[index],
            columns=self.columns.take(index),
            sequences={name: lists.take(index) for name, lists in self.sequences.items()},
            ids=None if self.ids is None else self.ids.take(pa.array(index)),
        )

    def slice(self, start: int, most: int) -> "EntityFeatures":
        """Take at most so many rows from `start` on, as they lie in memory."""
        if self.told is not None:
            return replace(self, told=self.told[start : start + most])
        return replace(
            self,
            present=self.present[start : start + most],
            columns=self.columns.slice(start, most),
            sequences={name: lists.slice(start, most) for name, lists in self.sequences.items()},
            ids=None if self.ids is None else self.ids.slice(start, most),
        )

    @property
    def each_present(self) -> Bool[np.ndarray, " row"]:
        """Whether each row that asks has such an entity."""
        return self.present if self.told is None else self.present[self.told]

    def each(self) -> "EntityFeatures":
        """Give every row that asks its own."""
        return self if self.told is None else replace(self, told=None).take(self.told)

    def to_arrow(self) -> "EntityFeatures":
        """Give every row that asks its own, and lay out the features as a table of Arrow."""
        one = self.each()
        columns = one.columns.to_arrow() if isinstance(one.columns, FeatureColumns) else one.columns
        return replace(one, columns=columns)
