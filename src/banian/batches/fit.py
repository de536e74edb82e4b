"""From training rows to what encoding needs to remember of them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from banian.batches.calendar import CALENDAR, has_calendar, read_calendar
from banian.batches.lacking import find_lacking
from banian.batches.sequence import fit_sequences
from banian.batches.state import ID, EntityState, FeatureState
from banian.errors import SpecError, nearest
from banian.examples import Examples
from banian.features import EntityFeatures
from banian.features.codecs import (
    AbstractCategories,
    chain_chunks,
    count_bins,
    fit_categories,
    fit_columns,
    fit_vocabulary,
)
from banian.spec import IdsSpec, ModelSpec, NoSequencesSpec

Training = Mapping[str, Bool[np.ndarray, " row"]]
"""Grain → which of its rows train."""


def fit_features(
    examples: Examples, training: Training, model: ModelSpec | None = None
) -> FeatureState:
    """Fit every field on the training rows of all grains that see it.

    The model says which fields are hashed, whether entities are known by their ids, and how much of a history is kept.

    Raises:
        SpecError: the model names a field that no entity has.

    """
    model = ModelSpec() if model is None else model
    _check_names(model, examples)
    entities = sorted({name for rows in examples.grains.values() for name in rows.entities})
    states = {
        entity: _fit_entity(_training_views(examples, training, entity), entity, model)
        for entity in entities
    }
    if not isinstance(model.sequences, NoSequencesSpec):
        steps = model.sequences.steps
        ids = {e: state.categories[ID] for e, state in states.items() if ID in state.categories}
        for entity, state in states.items():
            views = _training_views(examples, training, entity)
            sequences = fit_sequences(views, steps, ids, _hashed(model, entity))
            states[entity] = replace(state, sequences=sequences)
    calendar = tuple(
        grain
        for grain, rows in sorted(examples.grains.items())
        if model.calendar and has_calendar(rows.cutoff[training[grain]])
    )
    if calendar:
        cutoffs = [examples.grains[grain].cutoff[training[grain]] for grain in calendar]
        times = [read_calendar(cutoff) for cutoff in cutoffs]
        states[CALENDAR] = _fit_entity(times, CALENDAR, model)
    scenes = [
        pa.chunked_array([rows.scene.filter(pa.array(training[grain]))])
        for grain, rows in sorted(examples.grains.items())
    ]
    lacking = find_lacking(states, examples.grains.values())
    return FeatureState(states, fit_vocabulary(chain_chunks(scenes)), calendar, lacking)


def expect_grains(state: FeatureState, examples: Examples) -> FeatureState:
    """Let a fitted state read rows of these grains, which it may not have met: what they lack is absent there."""
    lacking = find_lacking(state.entities, examples.grains.values())
    return replace(state, lacking={**state.lacking, **lacking})


def _training_views(examples: Examples, training: Training, entity: str) -> list[EntityFeatures]:
    """Give what the training rows of each grain see of an entity."""
    return [
        rows.entities[entity].take(np.flatnonzero(rows.entities[entity].present & training[grain]))
        for grain, rows in sorted(examples.grains.items())
        if entity in rows.entities
    ]


def _fit_entity(views: list[EntityFeatures], entity: str, model: ModelSpec) -> EntityState:
    columns: dict[str, list[pa.ChunkedArray]] = {}
    for view in views:
        for name in view.columns.column_names:
            columns.setdefault(name, []).append(view.columns[name])
    numbers, categories = fit_columns(columns, _hashed(model, entity))
    named = _fit_ids(views, model)
    if named is not None:
        categories[ID] = named
    return EntityState(numbers, categories, count_bins(sum(len(v.present) for v in views)))


def _fit_ids(views: list[EntityFeatures], model: ModelSpec) -> AbstractCategories | None:
    ids = [pa.chunked_array([view.ids]) for view in views if view.ids is not None]
    if not ids or not isinstance(model.ids, IdsSpec):
        return None
    return fit_categories(chain_chunks(ids), model.ids.hash, fewest=model.ids.rows)


def _hashed(model: ModelSpec, entity: str) -> dict[str, int]:
    prefix = f"{entity}."
    named = {
        name: buckets for name, buckets in model.fields.hash.items() if name.startswith(prefix)
    }
    return {name.removeprefix(prefix): buckets for name, buckets in named.items()}


def _check_names(model: ModelSpec, examples: Examples) -> None:
    fields = {
        f"{entity}.{name}"
        for rows in examples.grains.values()
        for entity, view in rows.entities.items()
        for name in view.columns.column_names
        if not pa.types.is_floating(view.columns[name].type)
    } | {
        f"{entity}.{name}"
        for rows in examples.grains.values()
        for entity, view in rows.entities.items()
        for lists in view.sequences.values()
        for name in lists.column_names
        if not pa.types.is_floating(lists[name].type.value_type)
    }
    for key, named in (("hash", model.fields.hash), ("widths", model.fields.widths)):
        for name in named:
            if name not in fields:
                raise SpecError(
                    f"model.fields.{key} names {name!r}, which is no categorical field. {nearest(name, fields)}",
                    remedy="Name a field by its entity and its column, like products.brand.",
                )
