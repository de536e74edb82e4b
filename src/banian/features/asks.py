"""Who asks, and when: the columns of the engine rows that stand for asks."""

from collections.abc import Iterable

from banian.schema import RESERVED

OWN = "own "
"""How those columns of an ask begin that are the asking row's own."""


def own_names(columns: Iterable[str]) -> list[str]:
    """Name those columns of an ask that are the asking row's own as the user does.

    >>> own_names(["ask", "own amount", "own banian row"])
    ['amount']
    """
    own = (name.removeprefix(OWN) for name in columns if name.startswith(OWN))
    return [name for name in own if not name.startswith(RESERVED)]
