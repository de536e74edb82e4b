"""A column that was perhaps not known when a row asked."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, final

from banian.errors import LeakageError
from banian.evaluation import FeatureScore
from banian.examples import Origin


@final
@dataclass(frozen=True)
class Suspicion:
    """A column that was perhaps not known when a row asked, and what to do about it."""

    origin: Origin
    """The column, or the time of the rows that were counted."""
    task: str | None
    """The task whose label it predicts; none where the times alone say it."""
    entity: str | None
    feature: str | None
    """The most telling of the features made from the column."""
    score: FeatureScore | None
    is_leak: bool
    """Whether it is refused."""
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.problem}\n{self.remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {"path": self.origin.path, **asdict(self)}


def refuse_leaks(suspicions: Iterable[Suspicion]) -> None:
    """Stop at what cannot have been known.

    Raises:
        LeakageError: there is such a column; all of them are named.

    """
    leaks = [one for one in suspicions if one.is_leak]
    if leaks:
        raise LeakageError(
            "\n".join(dict.fromkeys(one.problem for one in leaks)),
            remedy="\n".join(dict.fromkeys(one.remedy for one in leaks)),
        )
