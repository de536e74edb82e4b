"""A column that was perhaps not known when a row asked."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, final

from banian.errors import LeakageError
from banian.features import Origin
from banian.leakage.feature_score import FeatureScore


@final
@dataclass(frozen=True)
class Suspicion:
    """A column that was perhaps not known when a row asked, and what to do about it."""

    origin: Origin
    """The column, or the time of the rows that were counted."""
    task: str | None
    """The task whose label it predicts; None where the times alone say it."""
    entity: str | None
    """The entity that has the feature."""
    feature: str | None
    """The most telling of the features made from the column."""
    score: FeatureScore | None
    """How well that feature alone predicts the label; None where the times alone say it."""
    is_leak: bool
    """Whether it is refused; else it is only warned of."""
    problem: str
    """What was found, for people."""
    remedy: str
    """What to type."""

    def __str__(self) -> str:
        return f"{self.problem}\n{self.remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {"path": self.origin.path, **asdict(self)}


def refuse_leaks(suspicions: Iterable[Suspicion]) -> None:
    """Raise if any of the suspicions is a leak.

    Raises:
        LeakageError: there is one; all of them are named, each column once, and then what is only suspicious.

    """
    found = list(suspicions)
    leaks = [one for one in found if one.is_leak]
    if not leaks:
        return
    refused = {one.origin for one in leaks}
    others = [one for one in found if one.origin not in refused]
    problems = [*_once_each(leaks), *(f"Also suspicious: {said}" for said in _once_each(others))]
    raise LeakageError(
        "\n".join(problems),
        remedy="\n".join(dict.fromkeys(one.remedy for one in (*leaks, *others))),
    )


def _once_each(suspicions: Iterable[Suspicion]) -> Iterator[str]:
    """Give the problem of each column once, followed by the further tasks whose labels it predicts."""
    of_origin: dict[Origin, list[Suspicion]] = {}
    for one in suspicions:
        of_origin.setdefault(one.origin, []).append(one)
    for first, *more in of_origin.values():
        tasks = dict.fromkeys(f"tasks.{one.task}" for one in more if one.task != first.task)
        also = f"; and {', '.join(tasks)} as well." if tasks else "."
        yield first.problem.removesuffix(".") + also
