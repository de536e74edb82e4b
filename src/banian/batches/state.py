"""What the features looked like on training rows; everything that encoding needs to remember."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import pyarrow as pa

from banian.batches.batch import Fields
from banian.batches.buckets import Buckets
from banian.batches.categories import Categories
from banian.batches.number import FEWEST_BINS, SPECIALS, NumberState
from banian.batches.vocabulary import Vocabulary
from banian.tables import RESERVED

ID = RESERVED + "id"
"""The field that says which entity it is; no column of the user's own is called so."""
_SCENE = ""  # where the scenes stand among the vocabularies: no entity has an empty name


@final
@dataclass(frozen=True)
class EntityState:
    """The fields of one entity, those that never varied left out."""

    numbers: Mapping[str, NumberState]
    categories: Mapping[str, Categories]
    bins: int = FEWEST_BINS
    """Into how many bins the ranks of a number fall."""

    @property
    def fields(self) -> Fields:
        """The shape that an encoder needs to know."""
        sizes = tuple(categories.size for categories in self.categories.values())
        return Fields(len(self.numbers), SPECIALS, sizes, tuple(self.categories), self.bins)


@final
@dataclass(frozen=True)
class FeatureState:
    """The fields of all entities, and the scenes."""

    entities: Mapping[str, EntityState]
    scenes: Vocabulary

    def to_dict(self) -> dict[str, Any]:
        """Give the numbers as plain values; the vocabularies go to `vocabularies`."""
        return {
            entity: {
                "numbers": {name: number.to_dict() for name, number in state.numbers.items()},
                "categories": {
                    name: categories.count if isinstance(categories, Buckets) else None
                    for name, categories in state.categories.items()
                },
                "bins": state.bins,
            }
            for entity, state in self.entities.items()
        }

    def vocabularies(self) -> pa.Table:
        """Give every vocabulary, one row per value: entity, field, value."""
        rows = [(_SCENE, _SCENE, value) for value in self.scenes.values]
        for entity, state in self.entities.items():
            for name, categories in state.categories.items():
                if isinstance(categories, Vocabulary):
                    rows += [(entity, name, value) for value in categories.values]
        names = ("entity", "field", "value")
        columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
        return pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})

    @classmethod
    def from_parts(cls, tree: Mapping[str, Any], vocabularies: pa.Table) -> "FeatureState":
        """Read what `to_dict` and `vocabularies` gave."""
        values: dict[tuple[str, str], list[str]] = {}
        columns = (vocabularies[name].to_pylist() for name in ("entity", "field", "value"))
        for entity, name, value in zip(*columns, strict=True):
            values.setdefault((entity, name), []).append(value)
        entities = {
            entity: EntityState(
                {name: NumberState.from_dict(n) for name, n in part["numbers"].items()},
                {
                    name: Buckets(count)
                    if count is not None
                    else Vocabulary(tuple(values.get((entity, name), ())))
                    for name, count in part["categories"].items()
                },
                part["bins"],
            )
            for entity, part in tree.items()
        }
        return cls(entities, Vocabulary(tuple(values.get((_SCENE, _SCENE), ()))))
