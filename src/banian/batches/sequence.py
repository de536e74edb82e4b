"""The newest events of an entity: what they looked like on training rows, and how they are encoded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float64

from banian.batches.categories import encode_categories
from banian.batches.events import Events
from banian.batches.numbers import encode_numbers
from banian.batches.parts import CategoryPart, NumberPart
from banian.batches.pool import Pool, pool_events
from banian.batches.state import EntityState, SequenceState
from banian.features import EntityFeatures
from banian.features.codecs import AbstractCategories, count_bins, fit_columns


def fit_sequences(
    views: Sequence[EntityFeatures],
    steps: int,
    ids: Mapping[str, AbstractCategories],
    hashed: Mapping[str, int],
) -> dict[str, SequenceState]:
    """Fit every sequence on the events that the training rows of all grains see.

    A column that names an entity takes over the codes of its `ids`: what is learned of a product serves where it is
    offered and where it was bought.
    """
    paths = sorted({path for view in views for path in view.sequences})
    return {path: _fit_sequence(views, path, steps, ids, hashed) for path in paths}


def _fit_sequence(
    views: Sequence[EntityFeatures],
    path: str,
    steps: int,
    ids: Mapping[str, AbstractCategories],
    hashed: Mapping[str, int],
) -> SequenceState:
    seeing = [view for view in views if path in view.sequences]
    pools = [_pool(view, path, steps) for view in seeing]
    columns: dict[str, list[pa.ChunkedArray]] = {}
    for pool in pools:
        for name in pool.columns.column_names:
            columns.setdefault(name, []).append(pool.columns[name])
    links = {
        name: entity
        for view in seeing
        for name, entity in sorted(view.links.items())
        if entity in ids and name in columns
    }
    plain = {name: parts for name, parts in columns.items() if name not in links}
    numbers, categories = fit_columns(plain, hashed)
    categories |= {name: ids[entity] for name, entity in links.items()}
    known = [pool.age[np.arange(steps) < pool.count[:, None]] for pool in pools]
    ages = np.log1p(np.sort(np.concatenate(known)))  # the order of rows must not move a last digit
    events = sum(len(pool.columns) for pool in pools)
    return SequenceState(
        EntityState(numbers, dict(sorted(categories.items())), count_bins(events)),
        links,
        steps,
        age_centre=float(ages.mean()) if len(ages) else 0.0,
        age_scale=(float(ages.std()) if len(ages) else 0.0) or 1.0,
    )


def features_of_sequences(features: EntityFeatures) -> EntityFeatures:
    """Leave features out that sequences do not need: all but the days since the newest event of each."""
    needed = [f"{path}.recency" for path in features.sequences]
    there = [name for name in needed if name in features.columns.column_names]
    columns = pa.table({name: features.columns[name] for name in there})
    if not there:  # no column, but so many rows
        columns = pa.table({"": pa.nulls(len(features.present))}).select([])
    return replace(features, columns=columns)


def encode_sequence(state: SequenceState, view: EntityFeatures, path: str) -> Events:
    """Encode the newest events of every row; rows that see an event share it."""
    pool = _pool(view, path, state.steps)
    # At least one, so that a step without an event has something to point at.
    events, fitted = max(len(pool.columns), 1), state.events
    values, codes = encode_numbers(fitted.number_codecs, pool.columns, rows=events)
    categories = encode_categories(fitted.categories, pool.columns, rows=events)
    age = (np.log1p(pool.age) - state.age_centre) / state.age_scale
    is_there = np.arange(state.steps) < pool.count[:, None]
    return Events(
        (
            NumberPart(torch.from_numpy(values), torch.from_numpy(codes)),
            CategoryPart(torch.from_numpy(categories)),
        ),
        torch.from_numpy(pool.first),
        torch.from_numpy(np.where(view.present, pool.count, 0)),
        torch.from_numpy(np.where(is_there, age, 0.0).astype(np.float32)),
    )


def _pool(view: EntityFeatures, path: str, steps: int) -> Pool:
    return pool_events(view.sequences[path], _recency(view, path), steps)


def _recency(view: EntityFeatures, path: str) -> Float64[np.ndarray, " row"]:
    """Give the days since the newest event; 0 where nobody says."""
    name = f"{path}.recency"
    if name not in view.columns.column_names:
        return np.zeros(len(view.present))
    return np.nan_to_num(view.columns[name].to_numpy())
