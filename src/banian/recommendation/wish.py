"""What somebody wants to be recommended, and what he is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, final

from banian.recommendation.item_filter import ItemFilter


@final
@dataclass(frozen=True)
class Wish:
    """Items for somebody.

    Args:
        named: the column that names for whom → the key; other columns of the row that asks may stand beside it.
        k: how many.
        at: as of when; where the store ends, if it is left out.
        scene: the place of use.
        task: the task that ranks; the best suited if it is left out.
        items: the entity, or its column, that is recommended; where only one can be meant it may be left out.
        filters: column of the items → what it must be.
        not_in: table of events → days: items that stand beside the key in one of its rows of so many days are left out.
        most_per: column of the items → how many items may have the same value of it.
        diversity: from 0, by the score alone, to 1, as unlike each other as can be.

    """

    named: Mapping[str, Any]
    k: int = 10
    at: Any = None
    scene: str | None = None
    task: str | None = None
    items: str | None = None
    filters: Mapping[str, ItemFilter] = field(default_factory=dict)
    not_in: Mapping[str, float] = field(default_factory=dict)
    most_per: Mapping[str, int] = field(default_factory=dict)
    diversity: float = 0.0


MEMBERS = tuple(one.name for one in fields(Wish) if one.name != "named")
"""What a wish says beside whom it is for."""


@final
@dataclass(frozen=True)
class RecommendedItem:
    """An item, and why.

    Args:
        item: its key.
        score: how probable it is that all tasks that rank come true.
        values: task → its probability, or its number.
        reasons: why, a phrase each; there may be none.
        columns: what the item's own row says.

    """

    item: str
    score: float
    values: Mapping[str, float]
    reasons: Sequence[str]
    columns: Mapping[str, Any]


@final
@dataclass(frozen=True)
class Recommendation:
    """Items for somebody, the best first.

    Args:
        found: the items.
        ranked_by: the tasks that rank: where there are several, by the probability that all of them come true.
        column: the column that names the items.
        candidates: how many items passed the filters.
        cold: the entities that were named and nobody has seen.
        at: as of when.
        warnings: what one should know.

    """

    found: Sequence[RecommendedItem]
    ranked_by: tuple[str, ...]
    column: str
    candidates: int
    cold: tuple[str, ...]
    at: datetime | None
    warnings: tuple[str, ...] = ()
