"""Ids that came after fitting: codes behind those that are known."""

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from banian.batches.state import ID, EntityState, FeatureState
from banian.errors import SpecError, nearest
from banian.features.codecs import AbstractCategories, Vocabulary


def add_ids(
    state: FeatureState, ids: Mapping[str, pa.ChunkedArray], *, fewest: int
) -> FeatureState:
    """Let ids be known that enough later rows carry; all that was known keeps its code.

    Fields of events that name these entities know them then, too. Where ids are hashed nothing changes: each has its
    bucket already. The network that reads the codes has to grow with them (`banian.models.grow_network`).

    Args:
        state: What the features looked like so far.
        ids: Entity → its id in every later row, text; null where the row has no such entity.
        fewest: How many of these rows carry an id that becomes known, as `ids: {rows: …}` says of training rows.

    Raises:
        SpecError: the ids of an entity have no codes.

    """
    known = {
        e: found.categories[ID] for e, found in state.entities.items() if ID in found.categories
    }
    for entity in ids:
        if entity not in known:
            raise SpecError(
                f"There are new ids of {entity!r}, whose ids have no vectors. {nearest(entity, known)}",
                remedy="Name an entity with ids, or fit with `model: {ids: embedded}`.",
            )
    new = {entity: _update(known[entity], found, fewest) for entity, found in ids.items()}
    return replace(
        state,
        entities={
            entity: _with_ids(found, entity, new) for entity, found in state.entities.items()
        },
    )


def _update(codec: AbstractCategories, values: pa.ChunkedArray, fewest: int) -> AbstractCategories:
    if isinstance(codec, Vocabulary):
        return codec.update(values, fewest=fewest)
    return codec.update(values)


def _with_ids(
    state: EntityState, entity: str, new: Mapping[str, AbstractCategories]
) -> EntityState:
    own = {ID: new[entity]} if entity in new else {}
    sequences = {}
    for path, sequence in state.sequences.items():
        named = {name: new[other] for name, other in sequence.links.items() if other in new}
        events = replace(sequence.events, categories={**sequence.events.categories, **named})
        sequences[path] = replace(sequence, events=events)
    return replace(state, categories={**state.categories, **own}, sequences=sequences)
