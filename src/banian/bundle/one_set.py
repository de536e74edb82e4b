"""RUN/one_set: a bundle that answers all tasks by one set of weights, and what was found out when it was made."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, final

from banian.errors import BundleError
from banian.storage import BUNDLE, read_sums, settled

ONE_SET = "one_set"
"""Folder of a run in which it lies; it has a bundle and graphs of its own, as a run has."""
_FACTS = "one_set.json"
_FORMAT = 1
Way = Literal["average", "distillation"]
"""How one set was made: as the mean of the sets of a seed, or trained further from there by what the bundle answers."""


@final
@dataclass(frozen=True)
class SetComparison:
    """How one set does on a task beside the bundle, on rows that neither has learned from.

    Args:
        metric: of the task.
        fitted: what the bundle reaches; none where it is undefined.
        one_set: what one set reaches.
        gain: by how much one set is better, less than 0 where it is worse.
        lower: the lower end of the 95 % interval of the gain, over draws of entities.
        upper: the upper end.
        rows: how many there were.

    """

    metric: str
    fitted: float | None
    one_set: float | None
    gain: float | None
    lower: float | None
    upper: float | None
    rows: int

    @property
    def is_worse(self) -> bool:
        """Whether one set is worse beyond noise."""
        return self.upper is not None and self.upper < 0

    @property
    def loss(self) -> float | None:
        """The share of its metric that the task loses; less than 0 where it gains."""
        if self.gain is None or not self.fitted:
            return None
        return -self.gain / abs(self.fitted)


@final
@dataclass(frozen=True)
class OneSetFacts:
    """What was found out when one set was made.

    Args:
        bundle: file of the bundle → its sum when one set was made of it.
        way: how it was made.
        tasks: task → how it does on the rows that chose among the ways.
        tests: task → the same on the test rows, which chose nothing.
        sets: grain → how many sets of weights answer its tasks in the bundle; trees are not among them.

    """

    bundle: Mapping[str, str]
    way: Way
    tasks: Mapping[str, SetComparison]
    tests: Mapping[str, SetComparison]
    sets: Mapping[str, int]

    @property
    def worse(self) -> tuple[str, ...]:
        """The tasks that are worse beyond noise."""
        return tuple(task for task, found in self.tasks.items() if found.is_worse)

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return {"format": _FORMAT, **asdict(self)}

    def write(self, folder: Path) -> None:
        """Write it into the folder of one set."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        (folder / _FACTS).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "OneSetFacts":
        """Read it from the folder of one set.

        Raises:
            BundleError: there is none, it is damaged, or it was written by another Banian.

        """
        path = folder / _FACTS
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            raise BundleError(f"There is no one set in {folder}.", remedy=_MAKE) from None
        except ValueError:
            raise BundleError(f"{path} is damaged: it is no text.", remedy=_MAKE) from None
        try:
            tree = json.loads(text)
            if tree.pop("format", None) != _FORMAT:
                raise BundleError(f"{folder} was written by another Banian.", remedy=_MAKE)
            tasks, tests = (
                {task: SetComparison(**one) for task, one in tree[name].items()}
                for name in ("tasks", "tests")
            )
            return cls(tree["bundle"], tree["way"], tasks, tests, tree["sets"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise BundleError(f"{path} is damaged: {type(error).__name__}.", remedy=_MAKE) from None


def find_one_set(run: Path, *, wanted: bool | None) -> tuple[Path, str | None]:
    """Say in which folder the bundle lies that answers for a run: in the run, or in its one set.

    Where there is one set that does not answer, it is said why.

    Args:
        run: the run.
        wanted: whether one set is to answer; left open, it does where it is of the bundle in the run and no task is
            worse by it beyond noise.

    Raises:
        BundleError: it is wanted and there is none, or it was made from another bundle.

    """
    folder = settled(run / ONE_SET)
    if wanted is False or (wanted is None and not folder.exists()):
        return run, None
    try:
        facts = OneSetFacts.read(folder)
        if facts.bundle != read_sums(settled(run / BUNDLE)):
            raise BundleError(f"{folder} was made from another bundle.", remedy=_MAKE)
    except BundleError as error:
        if wanted:
            raise
        return run, f"{error.problem} {error.remedy}"
    if not wanted and facts.worse:
        told = ", ".join(facts.worse)
        return (
            run,
            f"One set is worse at {told}. Serve with --one-set to answer by it nevertheless.",
        )
    return folder, None


_MAKE = "Make it: banian export RUN --one-set --data DIR"
