"""Which items the model ranks at all: what somebody had lately is left out, and of very many items few are taken."""

from datetime import timedelta

import numpy as np
from jaxtyping import Bool, Float64, Int64

from banian.errors import AskError, nearest
from banian.recommendation.catalogue import Catalogue
from banian.recommendation.item_vectors import ItemVectors
from banian.recommendation.reasons import Past
from banian.recommendation.shop_events import ShopEvents
from banian.recommendation.wish import Wish

_LAST = 10
"""Of the items that somebody had, so many are compared with."""


def find_had(
    events: ShopEvents, catalogue: Catalogue, wish: Wish, who: str, at: int
) -> Bool[np.ndarray, " item"]:
    """Say which items stand beside somebody in rows of the tables that leave them out.

    Args:
        events: of the shop.
        catalogue: all items.
        wish: what is wanted.
        who: the key of who is recommended to.
        at: the tick before which events must have been.

    Raises:
        AskError: a table does not name both.

    """
    found = np.zeros(len(catalogue), bool)
    for table, days in wish.not_in.items():
        if table not in events.tables:
            raise AskError(
                f"Rows of {table!r} do not name both for whom and an item.",
                remedy=nearest(table, events.tables),
            )
        had = events.of(who, at, table, timedelta(days=days))
        places = (catalogue.place.get(str(name)) for name in events.items_of(had, table))
        found[[place for place in places if place is not None]] = True
    return found


def retrieve(
    events: ShopEvents,
    catalogue: Catalogue,
    candidates: Int64[np.ndarray, " candidate"],
    past: Past,
    vectors: ItemVectors | None,
    *,
    at: int,
    scene: str | None,
    most: int,
) -> Int64[np.ndarray, " kept"]:
    """Take the candidates that are most like what was had last, and those most asked for lately, half and half.

    Args:
        events: of the shop.
        catalogue: all items.
        candidates: places of those that may be taken.
        past: what somebody had.
        vectors: of items; without them, or without a past, the most asked for are taken.
        at: the tick before which events must have been.
        scene: the place of use.
        most: how many are taken.

    """
    here = scene if events.scene is not None else None
    counts = events.popularity(catalogue.keys, at, here)[candidates]
    popular = find_largest(counts.astype(np.float64), most)
    last = [name for name in past.items if name in catalogue.place][:_LAST]
    if vectors is None or not last:
        return candidates[np.sort(popular)]
    others = vectors.of([catalogue.names[place] for place in candidates])
    likeness = others @ vectors.of(last).mean(axis=0)
    near = find_largest(likeness.astype(np.float64), most // 2)
    both = dict.fromkeys([*near.tolist(), *popular.tolist()])
    return candidates[np.sort(np.array(list(both)[:most]))]


def find_largest(value: Float64[np.ndarray, " item"], most: int) -> Int64[np.ndarray, " kept"]:
    """Find where the largest values stand, in falling order; of equal ones those that stand first.

    All items are looked at. Of 250,000 with vectors of 64 numbers the product takes 5 ms and this 1 ms, where sorting
    them takes 34; an index of approximate neighbours (faiss) would save 5 ms and lose neighbours.

    >>> find_largest(np.array([1.0, 3.0, 2.0, 3.0]), 3).tolist()
    [1, 3, 2]
    """
    if len(value) <= most:
        return np.argsort(-value, kind="stable")
    if not most:
        return np.zeros(0, np.int64)
    least = np.partition(value, len(value) - most)[len(value) - most]
    above, level = np.flatnonzero(value > least), np.flatnonzero(value == least)
    found = np.sort(np.concatenate([above, level[: most - len(above)]]))
    return found[np.argsort(-value[found], kind="stable")]
