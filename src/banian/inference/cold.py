"""Who is asked about and nobody has seen."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from banian.features import EntityFeatures, StoredEvents
from banian.features.plan import Types
from banian.inference.kept_vectors import KnownEntities


def find_cold(
    store: StoredEvents,
    types: Types,
    named: Mapping[str, tuple[str, pa.Array]],
    entities: Mapping[str, EntityFeatures],
    kept: KnownEntities | None,
    *,
    says: bool,
) -> pa.Array:
    """List, ask by ask, which of the entities that it names nobody has seen.

    Args:
        store: what is known of entities.
        types: of the columns of tables; an entity that stands in them has a row of its own.
        named: as what an entity is named → the entity, and its key in each ask.
        entities: the features of those that were looked up.
        kept: those of which vectors are kept.
        says: whether asks say something of their own rows, which then may stand without being stored.

    """
    strangers = {}
    for name, (entity, keys) in named.items():
        if kept is not None and name in kept.seen:
            is_known, is_present = kept.seen[name], kept.present[name]
            is_known = is_known & is_present if entity in types else is_known
        elif entity in types and not says:  # its own row may not be there yet
            is_known = entities[name].each_present
        else:
            is_known = store.knows(entity, keys)
            if entity in types:
                is_known = is_known & entities[name].each_present
        strangers[name] = np.asarray(keys.is_valid()) & ~is_known
    names = pa.array(list(strangers), pa.string())
    which = np.array(list(strangers.values()), bool).reshape(len(strangers), -1).T
    ends = np.concatenate([[0], np.cumsum(which.sum(1))])
    codes = np.nonzero(which)[1]
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), names.take(pa.array(codes)))
