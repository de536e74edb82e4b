"""What computes the answers of a run: its graphs, where they are whole and of its bundle, or networks."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, final

from banian.bundle import ONE_SET, Bundle
from banian.errors import BundleError, DependencyError
from banian.export import GRAPHS, load_graphs
from banian.storage import settled

AnswersBy = Literal["graphs", "networks"]


@final
@dataclass(frozen=True, eq=False)
class Answering:
    """A bundle as it answers.

    Args:
        home: the folder in which it lies: the run, or its one set.
        fitted: the bundle as it was fitted, with its networks.
        bundle: the same, with graphs in the place of the networks where they fit.
        by: which of the two computes; trees compute themselves either way.
        why: where graphs are there and do not answer, the reason, and what to type.
        also: where one set is there and does not answer, likewise.

    """

    home: Path
    fitted: Bundle
    bundle: Bundle
    by: AnswersBy = "networks"
    why: str | None = None
    also: str | None = None

    @property
    def is_one_set(self) -> bool:
        """Whether one set of weights answers all tasks."""
        return self.home == settled(self.home.parent / ONE_SET)


def choose_answering(
    bundle: Bundle, home: Path, *, is_of_it: bool = True, also: str | None = None
) -> Answering:
    """Take the graphs that lie in a folder where they fit its bundle, and the networks otherwise.

    Args:
        bundle: with its networks.
        home: the run, or its one set.
        is_of_it: whether this bundle is the one that lies there now.
        also: why the one set of the run does not answer, where there is one.

    """
    found = Answering(home, bundle, bundle, also=also)
    folder = settled(home / GRAPHS)
    if not folder.exists():
        return found
    try:
        if not is_of_it:
            raise BundleError(
                f"The graphs in {folder} are of the bundle that lies there now.",
                remedy="Put the one that answers in its place.",
            )
        return replace(found, bundle=load_graphs(bundle, home), by="graphs")
    except (BundleError, DependencyError) as error:
        why = f"{error.problem} {error.remedy}"
    except Exception as error:  # whatever ONNX Runtime says of a graph that it cannot read
        why = f"{folder} cannot be loaded: {type(error).__name__}. Run banian export again."
    return replace(found, why=why)
