"""From examples to a batch, whole arrays at a time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from jaxtyping import Float, Int

from banian.batches.batch import Batch
from banian.batches.block import Block
from banian.batches.calendar import CALENDAR, read_calendar
from banian.batches.categories import encode_categories
from banian.batches.lacking import check_fields
from banian.batches.numbers import encode_numbers
from banian.batches.parts import CategoryPart, NumberPart
from banian.batches.sequence import encode_sequence
from banian.batches.state import ID, FeatureState
from banian.examples import GrainExamples
from banian.features import EntityFeatures

_LARGEST = float(np.finfo(np.float32).max)
MOST_LISTED = 50
"""Items of a list that take part in a loss."""


def encode_rows(state: FeatureState, rows: GrainExamples) -> Batch:
    """Encode all rows of a grain; the mask says which labels are known.

    Raises:
        TableError: rows lack a column that rows of their grain had when the state was fitted.

    """
    known, entities = rows.mask, dict(rows.entities)
    if rows.grain in state.calendar:
        entities[CALENDAR] = read_calendar(rows.cutoff)
    return Batch(
        grain=rows.grain,
        tasks=rows.tasks,
        blocks={
            entity: _encode_entity(state, rows.grain, entity, features)
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


def _encode_entity(
    fitted: FeatureState, grain: str, entity: str, features: EntityFeatures
) -> Block:
    check_fields(fitted, grain, entity, features)
    state, rows, columns = fitted.entities[entity], len(features.present), features.columns
    values, codes = encode_numbers(state.number_codecs, columns, rows=rows)
    categories = encode_categories(state.categories, columns, rows=rows)
    if ID in state.categories and features.ids is not None:
        at = list(state.categories).index(ID)
        categories[:, at] = state.categories[ID].encode(pa.chunked_array([features.ids]))
    absent = ~features.present
    values[absent], codes[absent], categories[absent] = 0.0, 0, 0
    return Block(
        (
            NumberPart(torch.from_numpy(values), torch.from_numpy(codes)),
            CategoryPart(torch.from_numpy(categories)),
        ),
        torch.from_numpy(features.present),
        {
            path: encode_sequence(sequence, features, path)
            for path, sequence in state.sequences.items()
            if path in features.sequences
        },
    )


def _tensor(values: Float[np.ndarray, "row task"]) -> torch.Tensor:
    return torch.from_numpy(np.clip(values, -_LARGEST, _LARGEST).astype(np.float32))
