"""A network that learns of ids which came after it was fitted."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from banian.batches import ID, Fields, add_ids
from banian.models.encoders import EmbeddingTables
from banian.models.model import Model
from banian.models.network import Network


def grow_network(network: Network, ids: Mapping[str, pa.ChunkedArray], *, fewest: int) -> Network:
    """Give new ids codes, and rows in the tables of every member; no prediction changes, nor does `network`.

    A new id starts with the vector of unseen ones, by which it was answered before; from there it can be trained apart.

    Args:
        network: What was fitted.
        ids: Entity → its id in every later row, text; null where the row has no such entity.
        fewest: How many of these rows carry an id that becomes known.

    Raises:
        SpecError: the ids of an entity have no vectors.

    """
    features = add_ids(network.features, ids, fewest=fewest)
    members = tuple(copy.deepcopy(member) for member in network.members)
    for member in members:
        grow_tables(member, features.fields)
    return replace(network, features=features, members=members)


def grow_tables(model: Model, fields: Mapping[str, Fields]) -> None:
    """Give a model rows for all ids of these fields, in place: in the shared tables and in those of single tasks.

    An optimizer that moved it goes on by `Optimizers.freeze` before, and `thaw` in one that was made after.
    """
    sizes = {e: found.categories[ID] for e, found in fields.items() if ID in found.categories}
    for part in model.modules():
        if isinstance(part, EmbeddingTables):
            part.grow(sizes)
