"""From training rows to what encoding needs to remember of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from banian.batches.calendar import CALENDAR, has_calendar, read_calendar
from banian.batches.lacking import find_lacking
from banian.batches.sequence import features_of_sequences, fit_sequences
from banian.batches.state import ID, EntityState, FeatureState
from banian.errors import SpecError, nearest
from banian.examples import Examples
from banian.features import EntityFeatures
from banian.features.codecs import (
    AbstractCategories,
    NumberCodec,
    TextCodec,
    chain_chunks,
    count_bins,
    fit_categories,
    fit_columns,
    fit_text,
    fit_vocabulary,
)
from banian.spec import HashedTextSpec, IdsSpec, ModelSpec, NoSequencesSpec

_MOST_ROWS = 200_000
"""Training rows, drawn at random, on which numbers are fitted: ranks of more are no finer."""
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
        entity: _fit_entity(_training_rows(examples, training, entity), entity, model)
        for entity in entities
    }
    if not isinstance(model.sequences, NoSequencesSpec):
        steps = model.sequences.steps
        ids = {e: state.categories[ID] for e, state in states.items() if ID in state.categories}
        for entity, state in states.items():
            views = [each.histories() for each in _training_rows(examples, training, entity)]
            sequences = fit_sequences(views, steps, ids, _hashed(model, entity))
            states[entity] = replace(state, sequences=sequences)
    calendar = tuple(
        grain
        for grain, rows in sorted(examples.grains.items())
        if model.calendar and has_calendar(rows.cutoff[training[grain]])
    )
    if calendar:
        cutoffs = [examples.grains[grain].cutoff[training[grain]] for grain in calendar]
        times = [_Rows(read_calendar(cutoff), np.arange(len(cutoff))) for cutoff in cutoffs]
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


@final
@dataclass(frozen=True, eq=False)
class _Rows:
    """The training rows of a grain that have an entity; of many rows a column at a time is all that memory holds.

    Args:
        features: What all rows of the grain see of the entity.
        index: Which of them train.

    """

    features: EntityFeatures
    index: Int64[np.ndarray, " row"]

    def column(self, name: str) -> pa.ChunkedArray:
        """Give a feature of these rows."""
        return self.features.columns[name].take(pa.array(self.index))

    def sample(self, share: float) -> "_Rows":
        """Choose a share of the rows at random, the same in every run."""
        if share >= 1:
            return self
        chosen = np.random.default_rng(0).random(len(self.index)) < share
        return replace(self, index=self.index[chosen])

    def ids(self) -> pa.ChunkedArray | None:
        """Say which entity it is, row by row; None where that has no name."""
        ids = self.features.ids
        return None if ids is None else pa.chunked_array([ids.take(pa.array(self.index))])

    def histories(self) -> EntityFeatures:
        """Give what sequences are fitted on."""
        return features_of_sequences(self.features).take(self.index)


def _training_rows(examples: Examples, training: Training, entity: str) -> list[_Rows]:
    """Give the training rows of each grain that have an entity."""
    return [
        _Rows(seen, np.flatnonzero(seen.present & training[grain]))
        for grain, rows in sorted(examples.grains.items())
        if (seen := rows.entities.get(entity)) is not None
    ]


def _fit_entity(grains: list[_Rows], entity: str, model: ModelSpec) -> EntityState:
    count = sum(len(rows.index) for rows in grains)
    sampled = [rows.sample(_MOST_ROWS / max(count, 1)) for rows in grains]
    numbers: dict[str, NumberCodec] = {}
    categories: dict[str, AbstractCategories] = {}
    for name in sorted({name for rows in grains for name in rows.features.columns.column_names}):
        there = [at for at, rows in enumerate(grains) if name in rows.features.columns.column_names]
        is_number = pa.types.is_floating(grains[there[0]].features.columns[name].type)
        chosen = sampled if is_number else grains
        parts = {name: [chosen[at].column(name) for at in there]}
        of_numbers, of_categories = fit_columns(parts, _hashed(model, entity))
        numbers |= of_numbers
        categories |= of_categories
    texts = _fit_texts(grains, model)
    named = _fit_ids(grains, model)
    if named is not None:
        categories[ID] = named
    return EntityState(numbers, categories, count_bins(count), texts=texts)


def _fit_texts(grains: list[_Rows], model: ModelSpec) -> dict[str, TextCodec]:
    """Fit each column of text on the different texts that training rows have: one that many rows have counts once."""
    if not isinstance(model.text, HashedTextSpec):
        return {}
    found: dict[str, TextCodec] = {}
    names = {n for rows in grains for n, of in rows.features.contents.items() if of == "text"}
    for name in sorted(names):
        there = [rows for rows in grains if name in rows.features.columns.column_names]
        texts = chain_chunks([rows.column(name) for rows in there])
        codec = fit_text(texts, most=model.text.most)
        if codec is not None:
            found[name] = codec
    return found


def _fit_ids(grains: list[_Rows], model: ModelSpec) -> AbstractCategories | None:
    if not isinstance(model.ids, IdsSpec):
        return None
    ids = [named for rows in grains if (named := rows.ids()) is not None]
    if not ids:
        return None
    spec = model.ids
    return fit_categories(chain_chunks(ids), spec.hash, fewest=spec.rows, most=spec.most)


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
