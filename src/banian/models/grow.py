"""A network that learns of ids which came after it was fitted, and forgets those that have gone."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
from torch import Tensor

from banian.batches import ID, FeatureState, add_ids
from banian.features.codecs import Vocabulary
from banian.models.encoders import EmbeddingTables
from banian.models.model import Model
from banian.models.network import Network
from banian.spec import IdsSpec


def grow_network(network: Network, ids: Mapping[str, pa.ChunkedArray], spec: IdsSpec) -> Network:
    """Give new ids codes, and rows in the tables of every member; `network` stays as it is.

    A new id starts with the vector of unseen ones, by which it was answered before; from there it can be trained apart.
    A forgotten id is answered as an unseen one. What else is answered does not change by a bit.

    Args:
        network: What was fitted.
        ids: Entity → its id in every later row, text; null where the row has no such entity.
        spec: Which ids become known and which are forgotten, as `banian.batches.add_ids` says.

    Raises:
        SpecError: the ids of an entity have no vectors.

    """
    features = add_ids(network.features, ids, spec)
    members = tuple(copy.deepcopy(member) for member in network.members)
    for member in members:
        grow_tables(member, network.features, features)
    return replace(network, features=features, members=members)


def grow_tables(model: Model, before: FeatureState, after: FeatureState) -> dict[Tensor, list[int]]:
    """Bring the vectors of a model's ids to what `add_ids` made of its features, in shared tables and those of tasks.

    This happens in place. An optimizer that moved the model goes on by `Optimizers.freeze` before, and `thaw` in one
    that was made after, and forgets what it knew of the rows that start anew (`Optimizers.forget_rows`).

    Args:
        model: A model with rows for the codes of `before`.
        before: The features when the model was trained.
        after: The same after an update of ids.

    Returns:
        Each table of ids, as a parameter of the model, and its rows that start anew, those at its end left out.

    """
    sizes = {
        entity: state.categories[ID].size
        for entity, state in after.entities.items()
        if ID in state.categories
    }
    changed = _changed_codes(before, after)
    tables = [part for part in model.modules() if isinstance(part, EmbeddingTables)]
    return {table: rows for part in tables for table, rows in part.grow(sizes, changed).items()}


def _changed_codes(before: FeatureState, after: FeatureState) -> dict[str, list[int]]:
    """Map each entity to the codes of its ids that an update gave to another id, or to none."""
    changed = {}
    for entity, state in after.entities.items():
        old, new = before.entities[entity].categories.get(ID), state.categories.get(ID)
        if isinstance(old, Vocabulary) and isinstance(new, Vocabulary):
            changed[entity] = old.changed_codes(new).tolist()
    return changed
