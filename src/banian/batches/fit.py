"""From training rows to what encoding needs to remember of them."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from banian.batches.buckets import Buckets
from banian.batches.categories import Categories
from banian.batches.number import count_bins, fit_number
from banian.batches.state import ID, EntityState, FeatureState
from banian.batches.vocabulary import FEWEST_ROWS, fit_vocabulary
from banian.errors import SpecError, nearest
from banian.examples import EntityFeatures, Examples
from banian.spec import IdsSpec, ModelSpec

Training = Mapping[str, Bool[np.ndarray, " row"]]
"""Grain → which of its rows train."""


def fit_features(
    examples: Examples, training: Training, model: ModelSpec | None = None
) -> FeatureState:
    """Fit every field on the training rows of all grains that see it.

    The model says which fields are hashed, and whether entities are known by their ids.

    Raises:
        SpecError: the model names a field that no entity has.

    """
    model = ModelSpec() if model is None else model
    entities = sorted({name for rows in examples.grains.values() for name in rows.entities})
    _check_names(model, examples)
    scenes = [
        pa.chunked_array([rows.scene.filter(pa.array(training[grain]))])
        for grain, rows in sorted(examples.grains.items())
    ]
    return FeatureState(
        {
            entity: _fit_entity(list(_views(examples, training, entity)), entity, model)
            for entity in entities
        },
        fit_vocabulary(_chain(scenes)),
    )


_View = tuple[EntityFeatures, np.ndarray]
"""What a grain sees of an entity, and the training rows that have it."""


def _views(examples: Examples, training: Training, entity: str) -> Iterator[_View]:
    for grain, rows in sorted(examples.grains.items()):
        if entity in rows.entities:
            view = rows.entities[entity]
            yield view, view.present & training[grain]


def _fit_entity(views: list[_View], entity: str, model: ModelSpec) -> EntityState:
    columns: dict[str, list[pa.ChunkedArray]] = {}
    for view, chosen in views:
        for name in view.columns.column_names:
            columns.setdefault(name, []).append(view.columns[name].filter(pa.array(chosen)))
    numbers = {}
    categories: dict[str, Categories] = {}
    for name, parts in sorted(columns.items()):
        values = _chain(parts)
        if pa.types.is_floating(values.type):
            number = fit_number(values.to_numpy())
            if number is not None:
                numbers[name] = number
        else:
            found = _fit_categories(values, model.fields.hash.get(f"{entity}.{name}"))
            if found is not None:
                categories[name] = found
    ids = [
        pa.chunked_array([view.ids.filter(pa.array(chosen))])
        for view, chosen in views
        if view.ids is not None
    ]
    if ids and isinstance(model.ids, IdsSpec):
        named = _fit_categories(_chain(ids), model.ids.hash, fewest=model.ids.rows)
        if named is not None:
            categories[ID] = named
    rows = sum(int(chosen.sum()) for _, chosen in views)
    return EntityState(numbers, categories, count_bins(rows))


def _fit_categories(
    values: pa.ChunkedArray, buckets: int | None, *, fewest: int = FEWEST_ROWS
) -> Categories | None:
    """Fit a categorical field; nothing where no value is there often enough."""
    if buckets is not None:
        return Buckets(buckets) if values.null_count < len(values) else None
    vocabulary = fit_vocabulary(values, fewest=fewest)
    return vocabulary if vocabulary.values else None


def _check_names(model: ModelSpec, examples: Examples) -> None:
    fields = {
        f"{entity}.{name}"
        for rows in examples.grains.values()
        for entity, view in rows.entities.items()
        for name in view.columns.column_names
        if not pa.types.is_floating(view.columns[name].type)
    }
    for key, named in (("hash", model.fields.hash), ("widths", model.fields.widths)):
        for name in named:
            if name not in fields:
                raise SpecError(
                    f"model.fields.{key} names {name!r}, which is no categorical field. {nearest(name, fields)}",
                    remedy="Name a field by its entity and its column, like products.brand.",
                )


def _chain(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
