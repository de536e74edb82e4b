"""The files of RUN/graphs, and which bundle they were made from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, final
from urllib.parse import quote

from banian.errors import BundleError
from banian.storage import read_sums, settled, sum_of

GRAPHS = "graphs"
"""Folder of a run in which its graphs lie."""
MANIFEST = "manifest.json"
WEIGHTS = "weights.bin"
"""All tensors of a network's graphs, each once, beside them."""
JOINT = "joint"
FORMAT = 1
Precision = Literal["float32", "int8"]


@final
@dataclass(frozen=True)
class SetFiles:
    """The graphs of one weight set for one grain.

    Args:
        member: Which member of the network it is.
        tasks: The tasks of the grain that it answers, in the order of the tail's outputs.
        entities: Entity → the file of its encoder.
        tail: The file of what goes on from the vectors of the entities to logits.

    """

    member: int
    tasks: tuple[str, ...]
    entities: Mapping[str, str]
    tail: str


NetworkFiles = Mapping[str, tuple[SetFiles, ...]]
"""Grain → its weight sets."""


@final
@dataclass(frozen=True)
class Manifest:
    """What lies in a folder of graphs.

    Args:
        bundle: File of the bundle → its sum when the graphs were made.
        precision: How weights are stored.
        opset: Version of the operations.
        versions: Package → its version.
        joint: The graphs of the network of all tasks.
        twins: Task → the graphs of its single-task twin.
        largest_error: By how much logits differed from the network's on the rows that were tried, of the largest.
        losses: Task → by what share its metric is worse than in float32; empty where nothing was rounded, without
            tasks whose metric is undefined.

    """

    bundle: Mapping[str, str]
    precision: Precision
    opset: int
    versions: Mapping[str, str]
    joint: NetworkFiles
    twins: Mapping[str, NetworkFiles]
    largest_error: float
    losses: Mapping[str, float] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write it into a folder of graphs."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read it from a folder of graphs whose sums were checked.

        Raises:
            BundleError: it was written by a Banian of another format.

        """
        tree = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if tree.pop("format") != FORMAT:
            raise BundleError(f"{folder} was written by another Banian.", remedy=_AGAIN)
        twins = {task: _read_network(found) for task, found in tree.pop("twins").items()}
        return cls(**{**tree, "joint": _read_network(tree["joint"]), "twins": twins})


def folder_of_twin(folder: Path, task: str) -> Path:
    """Say where the graphs of a task's twin lie."""
    return folder / "twins" / quote(task, safe="")


def check_graphs(folder: Path, bundle: Path) -> Manifest:
    """Check that graphs are whole, and made from the bundle that lies beside them.

    Raises:
        BundleError: there are none, a file is missing or altered, or the bundle has changed since.

    """
    sums = read_sums(folder)
    if not sums:
        raise BundleError(f"There are no graphs in {folder}.", remedy=_AGAIN)
    for name, known in sums.items():
        if not (folder / name).is_file() or sum_of(folder / name) != known:
            raise BundleError(f"{folder / name} is not the file that was written.", remedy=_AGAIN)
    found, now = Manifest.read(folder), read_sums(settled(bundle))
    changed = sorted(
        name for name in {*found.bundle, *now} if found.bundle.get(name) != now.get(name)
    )
    if changed:
        raise BundleError(
            f"{folder} was made from another bundle: {', '.join(changed)} changed since.",
            remedy=_AGAIN,
        )
    return found


def _read_network(tree: Mapping[str, Any]) -> dict[str, tuple[SetFiles, ...]]:
    return {
        grain: tuple(SetFiles(**{**one, "tasks": tuple(one["tasks"])}) for one in sets)
        for grain, sets in tree.items()
    }


_AGAIN = "Run banian export again."
