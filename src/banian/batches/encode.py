"""From examples to a batch, whole arrays at a time."""

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float

from banian.batches.batch import Batch, Block
from banian.batches.calendar import CALENDAR, read_calendar
from banian.batches.categories import encode_field
from banian.batches.number import encode_number
from banian.batches.sequence import encode_sequence
from banian.batches.state import ID, EntityState, FeatureState
from banian.examples import EntityFeatures, GrainExamples


def encode_rows(state: FeatureState, rows: GrainExamples) -> Batch:
    """Encode all rows of a grain; the mask says which labels are known."""
    known, entities = rows.mask, dict(rows.entities)
    if rows.grain in state.calendar:
        entities[CALENDAR] = read_calendar(rows.cutoff)
    return Batch(
        grain=rows.grain,
        tasks=rows.tasks,
        blocks={
            entity: _encode_entity(state.entities[entity], features)
            for entity, features in entities.items()
        },
        scene=torch.from_numpy(encode_field(state.scenes, pa.chunked_array([rows.scene]))),
        level=_tensor(rows.level),
        label=_tensor(np.where(known, rows.label, 0.0)),
        mask=torch.from_numpy(known),
    )


def _encode_entity(state: EntityState, features: EntityFeatures) -> Block:
    rows = len(features.present)
    numeric = np.zeros((rows, len(state.numbers), 3), np.float32)
    special = np.ones((rows, len(state.numbers)), np.int8)  # 1: absent, unless found below
    for at, (name, number) in enumerate(state.numbers.items()):
        if name in features.columns.column_names:
            values = features.columns[name].to_numpy()
            numeric[:, at], special[:, at] = encode_number(number, values)
    categorical = np.zeros((rows, len(state.categories)), np.int64)
    for at, (name, categories) in enumerate(state.categories.items()):
        if name == ID and features.ids is not None:
            categorical[:, at] = encode_field(categories, pa.chunked_array([features.ids]))
        elif name in features.columns.column_names:
            categorical[:, at] = encode_field(categories, features.columns[name])
    absent = ~features.present
    numeric[absent], special[absent], categorical[absent] = 0.0, 0, 0
    return Block(
        torch.from_numpy(numeric),
        torch.from_numpy(special),
        torch.from_numpy(categorical),
        torch.from_numpy(features.present),
        {
            path: encode_sequence(sequence, features, path)
            for path, sequence in state.sequences.items()
            if path in features.sequences
        },
    )


def _tensor(values: Float[np.ndarray, "row task"]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))
