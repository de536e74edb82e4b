"""From examples to a batch, many rows at a time."""

from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from jaxtyping import Float, Int, Int8, Int16, Int32, Int64

from banian.batches.batch import Batch
from banian.batches.block import Block
from banian.batches.calendar import CALENDAR, read_calendar
from banian.batches.categories import encode_categories
from banian.batches.lacking import check_fields
from banian.batches.numbers import encode_numbers
from banian.batches.parts import CategoryPart, NumberPart, Parts
from banian.batches.sequence import encode_sequence, features_of_sequences
from banian.batches.state import ID, EntityState, FeatureState
from banian.batches.texts import encode_texts
from banian.examples import GrainExamples
from banian.features import EntityFeatures
from banian.features.held_rows import hold_rows

_LARGEST = float(np.finfo(np.float32).max)
_CELLS_AT_ONCE = 2**22
"""Of fields that are read from examples, which may lie on disk, at once."""
_Encoded: TypeAlias = tuple[
    Int16[np.ndarray, "row number 2"], Int8[np.ndarray, "row number"], Int32[np.ndarray, "row _"]
]
MOST_LISTED = 50
"""Items of a list that take part in a loss."""


def encode_rows(
    state: FeatureState, rows: GrainExamples, chosen: Int64[np.ndarray, " chosen"] | None = None
) -> Batch:
    """Encode rows of a grain, some at a time; the mask says which labels are known.

    Fields of very many rows lie on disk (`hold_rows`).

    Args:
        state: What the features looked like.
        rows: All rows of the grain.
        chosen: Which of them to encode; all, where it is left out.

    Raises:
        TableError: rows lack a column that rows of their grain had when the state was fitted.
        RunError: the disk is full.

    """
    entities = dict(rows.entities)
    if rows.grain in state.calendar:
        entities[CALENDAR] = read_calendar(rows.cutoff)
    rows = rows.without_features()
    rows = rows if chosen is None else rows.take(chosen)
    known = rows.mask
    return Batch(
        grain=rows.grain,
        tasks=rows.tasks,
        blocks={
            entity: encode_entity(state, rows.grain, entity, features, chosen)
            for entity, features in entities.items()
        },
        scene=torch.from_numpy(state.scenes.encode(pa.chunked_array([rows.scene]))),
        level=_tensor(rows.level),
        label=_tensor(np.where(known, rows.label, 0.0)),
        mask=torch.from_numpy(known),
        seen={task: torch.from_numpy(_recall(rows, task)) for task in rows.seen},
        codes={
            task: torch.from_numpy(pad_lists(lists, most=MOST_LISTED))
            for task, lists in rows.items.items()
        },
        weight=None if rows.weight is None else _tensor(rows.weight),
        had={task: torch.from_numpy(had_before(rows, task)) for task in rows.had},
    )


def had_before(rows: GrainExamples, task: str) -> Int[np.ndarray, "row slot"]:
    """Give the codes of the items that each row's entity had before, -1 behind the last."""
    lists = rows.had[task]
    codes = pc.index_in(lists.flatten(), value_set=rows.classes[task])
    known = pc.is_valid(codes)
    row = pc.list_parent_indices(lists).filter(known).to_numpy()
    counts = np.bincount(row, minlength=len(rows))
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    return pad_lists(pa.ListArray.from_arrays(offsets, pc.cast(codes.filter(known), pa.int64())))


def _recall(rows: GrainExamples, task: str) -> Int[np.ndarray, "row slot 2"]:
    """Give what was seen before the numbers of the task's items; what is none of these is left out."""
    lists = rows.seen[task]
    flat = lists.flatten()
    codes = pc.index_in(pc.struct_field(flat, "item"), value_set=rows.classes[task])
    spans = pc.struct_field(flat, "span")
    known = pc.fill_null(pc.is_valid(codes), False)
    row = pc.list_parent_indices(lists).filter(known).to_numpy()
    counts = np.bincount(row, minlength=len(rows))
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    columns = (
        pad_lists(pa.ListArray.from_arrays(offsets, pc.cast(part.filter(known), pa.int64())))
        for part in (codes, spans)
    )
    return np.stack(list(columns), axis=2)


def pad_lists(lists: pa.Array, *, most: int | None = None) -> Int[np.ndarray, "row slot"]:
    """Lay lists of codes side by side, -1 behind their ends; of long ones evenly spaced items, at most so many.

    >>> pad_lists(pa.array([[5], None, [1, 2, 3]]), most=2).tolist()
    [[5, -1], [-1, -1], [1, 2]]
    """
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    starts = np.cumsum(sizes) - sizes
    values = lists.flatten().to_numpy().astype(np.int64)
    longest = max(int(sizes.max(initial=1)), 1)
    width = longest if most is None else min(longest, most)
    slots = np.arange(width)
    shown = np.minimum(sizes, width)[:, None]
    step = slots * sizes[:, None] // np.maximum(shown, 1)
    place = np.minimum(starts[:, None] + step, max(len(values) - 1, 0))
    found = values[place] if len(values) else np.zeros(place.shape, np.int64)
    return np.where(slots < shown, found, -1)


def encode_entity(
    state: FeatureState,
    grain: str,
    entity: str,
    features: EntityFeatures,
    chosen: Int64[np.ndarray, " chosen"] | None = None,
) -> Block:
    """Encode an entity of rows of a grain; what several rows are told alike is encoded once.

    Args:
        state: What the features looked like.
        grain: Of the rows.
        entity: Which one.
        features: What is known of it.
        chosen: Which of the rows to encode; all, where it is left out.

    Raises:
        TableError: a column is missing that was there when the state was fitted.

    """
    if features.told is None:
        return _encode_each(state, grain, entity, features, chosen)
    told = torch.from_numpy(features.told if chosen is None else features.told[chosen])
    once = _encode_each(state, grain, entity, replace(features, told=None), None)
    return once.map(lambda tensor: tensor[told])


def _encode_each(
    fitted: FeatureState,
    grain: str,
    entity: str,
    features: EntityFeatures,
    chosen: Int64[np.ndarray, " chosen"] | None,
) -> Block:
    check_fields(fitted, grain, entity, features)
    state = fitted.entities[entity]
    rows = len(features.present) if chosen is None else len(chosen)
    at_once = max(1, _CELLS_AT_ONCE // max(1, len(features.columns.column_names)))
    if chosen is None and rows <= at_once:
        whole = _encode_fields(state, features)
    else:
        whole = _encode_in_parts(state, replace(features, sequences={}), chosen, rows, at_once)
    values, codes, categories = (torch.from_numpy(array) for array in whole)
    events = {}
    if state.sequences:
        view = features_of_sequences(features)
        view = view if chosen is None else view.take(chosen)
        events = {
            path: encode_sequence(sequence, view, path)
            for path, sequence in state.sequences.items()
            if path in view.sequences
        }
    present = features.present if chosen is None else features.present[chosen]
    parts: Parts = (NumberPart(values, codes), CategoryPart(categories))
    if state.texts:
        parts = (*parts, encode_texts(state.texts, features, chosen))
    return Block(parts, torch.from_numpy(present), events)


def _encode_in_parts(
    state: EntityState,
    features: EntityFeatures,
    chosen: Int64[np.ndarray, " chosen"] | None,
    rows: int,
    at_once: int,
) -> _Encoded:
    """Encode the fields of many rows, so many at a time."""
    numbers, categories = len(state.number_codecs.names), len(state.categories)
    held = (
        hold_rows(rows, (numbers, 2), np.int16),
        hold_rows(rows, (numbers,), np.int8),
        hold_rows(rows, (categories,), np.int32),
    )
    for start in range(0, rows, at_once):
        part = (
            features.slice(start, at_once)
            if chosen is None
            else features.take(chosen[start : start + at_once])
        )
        for array, found in zip(held, _encode_fields(state, part), strict=True):
            array.append(found)
    first, second, third = (array.whole() for array in held)
    return first, second, third


def _encode_fields(state: EntityState, features: EntityFeatures) -> _Encoded:
    """Encode the numbers (values and codes) and the categories of some rows; 0 where the entity is absent."""
    rows, columns = len(features.present), features.columns
    values, codes = encode_numbers(state.number_codecs, columns, rows=rows)
    categories = encode_categories(state.categories, columns, rows=rows)
    if ID in state.categories and features.ids is not None:
        at = list(state.categories).index(ID)
        categories[:, at] = state.categories[ID].encode(pa.chunked_array([features.ids]))
    absent = ~features.present
    values[absent], codes[absent], categories[absent] = 0, 0, 0
    return values, codes, categories


def _tensor(values: Float[np.ndarray, "row task"]) -> torch.Tensor:
    return torch.from_numpy(np.clip(values, -_LARGEST, _LARGEST).astype(np.float32))
