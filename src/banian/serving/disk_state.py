"""What lies in a run, without loading it: by what a service sees that something was replaced."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import final

from banian.bundle import ONE_SET, find_one_set
from banian.errors import BundleError
from banian.export import GRAPHS
from banian.inference.load import STORE
from banian.serving.settings import AS_IT_LIES, ModelOptions
from banian.storage import BUNDLE, SUMS, holds_bundle_itself, is_whole, run_of, settled

_INDEX = "store.json"
_SHORT = 12
"""Letters of a version."""
_ABSENT = "absent"


@final
@dataclass(frozen=True)
class DiskState:
    """What lies in a run.

    Args:
        bundle: version of the bundle that is to answer: the run's own, or that of its one set.
        fitted: version of the run's own.
        store: version of its store.
        graphs: version of the graphs beside the bundle that is to answer.
        marks: when each file was changed last, and how large it is.
        spoilt: which one set is passed over, since it cannot be loaded, as `mark_one_set` names it; None where none is.

    """

    bundle: str
    fitted: str
    store: str
    graphs: str
    marks: tuple[tuple[str, int, int], ...]
    spoilt: str | None = None


def look_at(
    run: Path, options: ModelOptions = AS_IT_LIES, *, spoilt: str | None = None
) -> DiskState:
    """Say what lies in a run, without loading it.

    Args:
        run: the run.
        options: which bundle of it is to answer.
        spoilt: the one set that could not be loaded when it was tried last; as long as it stays what it is, the run's
            own bundle is to answer.

    """
    run = run_of(run)
    home, passed = _home_of(run, options, spoilt)
    bundle = _bundle_of(home)
    files = [path for path in sorted(bundle.rglob("*")) if path.is_file()]
    graphs = settled(home / GRAPHS) / SUMS
    files += [run / STORE / _INDEX, graphs]
    return DiskState(
        _sum(bundle / SUMS),
        _sum(_bundle_of(run) / SUMS),
        _sum(run / STORE / _INDEX),
        _sum(graphs),
        tuple(_mark(path) for path in files),
        passed,
    )


def mark_one_set(run: Path) -> str:
    """Name the one set of a run by when each of its files was changed last, and how large it is."""
    folder = settled(run_of(run) / ONE_SET)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    marks = [(str(path.relative_to(folder)), *_mark(path)) for path in files]
    return hashlib.sha256(repr(marks).encode()).hexdigest()[:_SHORT]


def is_altered(run: Path, options: ModelOptions = AS_IT_LIES, *, spoilt: str | None = None) -> bool:
    """Say whether the files of the bundle that is to answer are not what was saved."""
    home, _ = _home_of(run_of(run), options, spoilt)
    return not is_whole(_bundle_of(home))


def _home_of(run: Path, options: ModelOptions, spoilt: str | None) -> tuple[Path, str | None]:
    """Say where the bundle lies that is to answer, whether or not it can, and which one set is passed over."""
    try:
        home, _ = find_one_set(run, wanted=options.one_set)
    except BundleError:
        return settled(run / ONE_SET), None
    if home != run and spoilt is not None and mark_one_set(run) == spoilt:
        return run, spoilt
    return home, None


def _bundle_of(run: Path) -> Path:
    return run if holds_bundle_itself(run) else settled(run / BUNDLE)


def _sum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:_SHORT]
    except OSError:
        return _ABSENT


def _mark(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return path.name, 0, 0
    return path.name, found.st_mtime_ns, found.st_size
