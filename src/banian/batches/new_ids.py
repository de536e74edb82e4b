"""Ids that came after fitting, and ids that no row carries any longer."""

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from banian.batches.state import ID, FeatureState
from banian.errors import SpecError, nearest
from banian.features.codecs import AbstractCategories, Vocabulary
from banian.spec import IdsSpec


def add_ids(state: FeatureState, ids: Mapping[str, pa.ChunkedArray], spec: IdsSpec) -> FeatureState:
    """Let ids be known that enough later rows carry, and forget those that no row has carried for long enough.

    All others keep their codes; a new id takes the code of a forgotten one, or one behind the last. Fields of events
    that name these entities follow. Where ids are hashed nothing changes: each has its bucket already. The network that
    reads the codes has to follow, too (`banian.models.grow_network`).

    Args:
        state: What the features looked like so far.
        ids: Entity → its id in every later row, text; null where the row has no such entity. This is one update for
            these entities, and none for others.
        spec: How many rows carry an id that becomes known (`rows`), how many are known at most (`most`), and after how
            many updates without a row an id is forgotten (`forget_after`).

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
    new = {entity: _update(known[entity], found, spec) for entity, found in ids.items()}
    entities = {
        entity: replace(found, categories={**found.categories, ID: new[entity]})
        if entity in new
        else found
        for entity, found in state.entities.items()
    }
    return replace(state, entities={e: found.name_events(new) for e, found in entities.items()})


def _update(
    codec: AbstractCategories, values: pa.ChunkedArray, spec: IdsSpec
) -> AbstractCategories:
    if isinstance(codec, Vocabulary):
        return codec.update(
            values, fewest=spec.rows, most=spec.most, forget_after=spec.forget_after
        )
    return codec.update(values)
