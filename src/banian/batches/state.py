"""What the features looked like on training rows; everything that encoding needs to remember."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from banian.batches.batch import Fields
from banian.batches.number import FEWEST_BINS, SPECIALS, NumberState, count_bins, fit_number
from banian.batches.vocabulary import Vocabulary, fit_vocabulary
from banian.examples import Examples

_SCENE = ""  # where the scenes stand among the vocabularies: no entity has an empty name


@final
@dataclass(frozen=True)
class EntityState:
    """The fields of one entity, those that never varied left out."""

    numbers: Mapping[str, NumberState]
    categories: Mapping[str, Vocabulary]
    bins: int = FEWEST_BINS
    """Into how many bins the ranks of a number fall."""

    @property
    def fields(self) -> Fields:
        """The shape that an encoder needs to know."""
        sizes = tuple(vocabulary.size for vocabulary in self.categories.values())
        return Fields(len(self.numbers), SPECIALS, sizes, self.bins)


@final
@dataclass(frozen=True)
class FeatureState:
    """The fields of all entities, and the scenes."""

    entities: Mapping[str, EntityState]
    scenes: Vocabulary

    @property
    def fields(self) -> dict[str, Fields]:
        """Map each entity to the shape that its encoder needs to know."""
        return {entity: state.fields for entity, state in self.entities.items()}

    def to_dict(self) -> dict[str, Any]:
        """Give the numbers as plain values; the vocabularies go to `vocabularies`."""
        return {
            entity: {
                "numbers": {name: number.to_dict() for name, number in state.numbers.items()},
                "categories": list(state.categories),
                "bins": state.bins,
            }
            for entity, state in self.entities.items()
        }

    def vocabularies(self) -> pa.Table:
        """Give every vocabulary, one row per value: entity, field, value."""
        rows = [(_SCENE, _SCENE, value) for value in self.scenes.values]
        for entity, state in self.entities.items():
            for name, vocabulary in state.categories.items():
                rows += [(entity, name, value) for value in vocabulary.values]
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
                    name: Vocabulary(tuple(values.get((entity, name), ())))
                    for name in part["categories"]
                },
                part["bins"],
            )
            for entity, part in tree.items()
        }
        return cls(entities, Vocabulary(tuple(values.get((_SCENE, _SCENE), ()))))


def fit_features(
    examples: Examples, training: Mapping[str, Bool[np.ndarray, " row"]]
) -> FeatureState:
    """Fit every field on the training rows of all grains that see it; `training` marks them per grain."""
    entities = sorted({name for rows in examples.grains.values() for name in rows.entities})
    scenes = [
        pa.chunked_array([rows.scene.filter(pa.array(training[grain]))])
        for grain, rows in sorted(examples.grains.items())
    ]
    return FeatureState(
        {entity: _fit_entity(examples, training, entity) for entity in entities},
        fit_vocabulary(_chain(scenes)),
    )


def _fit_entity(
    examples: Examples, training: Mapping[str, Bool[np.ndarray, " row"]], entity: str
) -> EntityState:
    columns: dict[str, list[pa.ChunkedArray]] = {}
    for name, column in _seen(examples, training, entity):
        columns.setdefault(name, []).append(column)
    numbers, categories = {}, {}
    for name, parts in sorted(columns.items()):
        values = _chain(parts)
        if pa.types.is_floating(values.type):
            number = fit_number(values.to_numpy())
            if number is not None:
                numbers[name] = number
        else:
            vocabulary = fit_vocabulary(values)
            if vocabulary.values:
                categories[name] = vocabulary
    rows = sum(
        int((view.entities[entity].present & training[grain]).sum())
        for grain, view in examples.grains.items()
        if entity in view.entities
    )
    return EntityState(numbers, categories, count_bins(rows))


def _seen(
    examples: Examples, training: Mapping[str, Bool[np.ndarray, " row"]], entity: str
) -> Iterator[tuple[str, pa.ChunkedArray]]:
    for grain, rows in sorted(examples.grains.items()):
        if entity in rows.entities:
            view = rows.entities[entity]
            chosen = pa.array(view.present & training[grain])
            for name in view.columns.column_names:
                yield name, view.columns[name].filter(chosen)


def _chain(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
