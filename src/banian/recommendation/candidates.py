"""Which items the model ranks at all: what somebody had lately is left out, and of very many items few are taken."""

from datetime import timedelta

import numpy as np
from jaxtyping import Bool, Int64

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
    popular = np.argsort(-counts, kind="stable")
    last = [name for name in past.items if name in catalogue.place][:_LAST]
    if vectors is None or not last:
        return candidates[np.sort(popular[:most])]
    others = vectors.of([catalogue.names[place] for place in candidates])
    likeness = others @ vectors.of(last).mean(axis=0)
    near = np.argsort(-likeness, kind="stable")[: most // 2]
    both = dict.fromkeys([*near.tolist(), *popular.tolist()])
    return candidates[np.sort(np.array(list(both)[:most]))]
