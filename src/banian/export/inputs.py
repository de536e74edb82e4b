"""What the graphs of a network take and give, by name: of one entity, and of the tail."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from banian.batches import Batch, Block, CategoryPart, Fields, NumberPart
from banian.models import Model

Feeds = dict[str, np.ndarray]
"""Input → its values."""
ENTITY = ("values", "codes", "categories", "present")
"""Inputs of an entity's graph."""
VECTOR = "vector"
"""Its output."""
SCENE = "scene"
EVENTS = ("values", "codes", "categories", "first", "count", "age")
_TYPES = {
    "values": torch.int16,
    "codes": torch.int8,
    "categories": torch.int32,
    "present": torch.bool,
    SCENE: torch.int64,
    "first": torch.int64,
    "count": torch.int64,
    "age": torch.float32,
}


def carried(model: Model, grain: str) -> tuple[str, ...]:
    """Name the entities that rows of a grain can have, in the order of their vectors."""
    return model.private_encoder(grain).names


def paths_of(model: Model, grain: str) -> tuple[tuple[str, str], ...]:
    """List entity and path of the events that a network reads of a grain's rows."""
    sequences, entities = model.entities.sequences, carried(model, grain)
    return () if sequences is None else tuple(at for at in sequences.paths if at[0] in entities)


def logits_name(at: int) -> str:
    """Name the tail's output for the logits of the task at a place."""
    return f"logits_{at}"


def vector_name(at: int) -> str:
    """Name the tail's input for the vectors of the entity at a place."""
    return f"vector_{at}"


def event_names(at: int) -> tuple[str, ...]:
    """Name the tail's inputs for the events of the path at a place."""
    return tuple(f"events_{at}_{name}" for name in EVENTS)


def entity_tensors(block: Block | None, fields: Fields, rows: int) -> tuple[Tensor, ...]:
    """Give the inputs of an entity's graph; of a block that is not there, rows that do not have the entity."""
    if block is None:
        categories = len(fields.vocabulary_sizes)
        found = [torch.zeros(rows, n) for n in (fields.numeric, categories)]
        tensors = [torch.zeros(rows, fields.numeric, 2), *found, torch.zeros(rows)]
    else:
        numbers = block.part(NumberPart)
        tensors = [numbers.values, numbers.codes, block.part(CategoryPart).codes, block.present]
    return _typed(ENTITY, tensors)


def event_tensors(
    batch: Batch, paths: Sequence[tuple[str, str]], fields: Mapping[str, Fields]
) -> list[tuple[Tensor, ...]]:
    """Give the inputs of the tail for the events of each path; of events that are not there, a history without any."""
    return [_events_of(batch, entity, path, fields[entity].events[path]) for entity, path in paths]


def _events_of(batch: Batch, entity: str, path: str, fields: Fields) -> tuple[Tensor, ...]:
    block, rows = batch.blocks.get(entity), batch.scene.shape[0]
    events = None if block is None else block.events.get(path)
    if events is None:
        nobody = entity_tensors(None, fields, 1)[:3]
        return _typed(
            EVENTS, [*nobody, torch.zeros(rows), torch.zeros(rows), torch.zeros(rows, fields.steps)]
        )
    numbers = events.part(NumberPart)
    categories = events.part(CategoryPart).codes
    tensors = [numbers.values, numbers.codes, categories, events.first, events.count, events.age]
    return _typed(EVENTS, tensors)


def _typed(names: Sequence[str], tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    pairs = zip(names, tensors, strict=True)
    return tuple(tensor.to(_TYPES[name]) for name, tensor in pairs)
