"""A model as it is on the disk now: loaded, named by what its files hold, and tried before it answers anybody."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

import numpy as np
import pyarrow as pa

from banian.bundle import ONE_SET, find_one_set, load_bundle
from banian.errors import BundleError
from banian.export import GRAPHS
from banian.features import StoredEvents
from banian.inference import Predictor
from banian.inference.kept_vectors import KeptVectors
from banian.inference.load import STORE
from banian.predictions import PredictionTable
from banian.serving.answering import Answering, choose_answering
from banian.serving.settings import AS_IT_LIES, ModelOptions
from banian.spec import DerivedTableSpec, EntityTaskSpec
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
        bundle: version of its bundle.
        store: version of its store.
        graphs: version of its graphs.
        marks: when each file was changed last, and how large it is.

    """

    bundle: str
    store: str
    graphs: str
    marks: tuple[tuple[str, int, int], ...]


@final
@dataclass(frozen=True, eq=False)
class ServedModel:
    """A model that answers.

    Args:
        predictor: it, with what is known of entities.
        version: of its bundle: the beginning of the sum over the sums of its files.
        store: version of the store, likewise; behind a + the number of the newest event that came since.
        graphs: version of the graphs that lay there, whether or not they answer.
        answering: what computes.
        options: how it was opened.
        loaded_at: since when it is in memory, in UTC.

    """

    predictor: Predictor
    version: str
    store: str
    graphs: str
    answering: Answering
    options: ModelOptions
    loaded_at: datetime

    @property
    def base(self) -> str:
        """Version of the store on the disk, without the events that came since."""
        return self.store.partition("+")[0]

    def with_events(self, store: StoredEvents, number: int) -> "ServedModel":
        """Give it with what is known by now; `number` is that of the newest event."""
        label = f"{self.base}+{number}"
        return replace(self, predictor=self.predictor.with_store(store), store=label)

    @property
    def store_end(self) -> int | None:
        """The tick of the newest row that the store knows: microseconds since 1970."""
        return self.predictor.store.facts.end


def look_at(run: Path, options: ModelOptions = AS_IT_LIES) -> DiskState:
    """Say what lies in a run, without loading it."""
    run = run_of(run)
    home = _home_of(run, options)
    bundle = _bundle_of(home)
    files = [path for path in sorted(bundle.rglob("*")) if path.is_file()]
    graphs = settled(home / GRAPHS) / SUMS
    files += [run / STORE / _INDEX, graphs]
    return DiskState(
        _sum(bundle / SUMS),
        _sum(run / STORE / _INDEX),
        _sum(graphs),
        tuple(_mark(path) for path in files),
    )


def load_model(run: Path, options: ModelOptions = AS_IT_LIES) -> tuple[ServedModel, DiskState]:
    """Load what lies in a run and try it; give as well what lay there as it was loaded.

    Raises:
        BundleError: it is damaged, has no store, or one of another spec; or its answers are no numbers.

    """
    while True:
        state = look_at(run, options)
        home, why = find_one_set(run_of(run), wanted=options.one_set)
        answering = choose_answering(load_bundle(home), home, also=why)
        model = _open(answering, run, state, version=state.bundle, options=options)
        if (after := look_at(run, options)) == state:
            break  # nothing was replaced in the meantime
        state = after
    try_model(model)
    return model, state


def with_new_store(model: ServedModel, run: Path, state: DiskState) -> ServedModel:
    """Open the store and the graphs that lie in a run now beside the bundle of a model, and try all.

    Graphs that are the same stay in memory.

    Raises:
        BundleError: the store is damaged or of another spec; or answers are no numbers.

    """
    answering = model.answering
    if state.graphs != model.graphs or state.bundle != model.version:
        answering = choose_answering(
            answering.fitted, answering.home, is_of_it=state.bundle == model.version
        )
    newer = _open(answering, run, state, version=model.version, options=model.options)
    try_model(newer)
    return newer


def try_model(model: ServedModel) -> None:
    """Let it answer an ask about each grain, of somebody whom nobody knows.

    Raises:
        BundleError: it fails, or an answer is no finite number.

    """
    try:
        found = model.predictor.predict(_probes(model.predictor))
    except Exception as error:
        raise BundleError(
            f"The bundle fails at an ask of somebody whom nobody knows: {type(error).__name__}.",
            remedy="Fit it again, or put an earlier one in its place.",
        ) from error
    refuse_endless(found)
    if model.predictor.vectors is not None:
        model.predictor.vectors.take_counts()  # nobody asked these


def say_answering(model: ServedModel) -> dict[str, Any]:
    """Say what computes a model's answers, and why that does not which lies there as well."""
    answering = model.answering
    said: dict[str, Any] = {"answers_by": answering.by, "one_set": answering.is_one_set}
    return said if answering.why is None else {**said, "reason": answering.why}


def is_altered(run: Path, options: ModelOptions = AS_IT_LIES) -> bool:
    """Say whether the files of the bundle in a run are not what was saved."""
    return not is_whole(_bundle_of(_home_of(run_of(run), options)))


def refuse_endless(found: PredictionTable) -> None:
    """Refuse answers that are no finite numbers.

    Raises:
        BundleError: there are some.

    """
    values = found.rows["value"].to_numpy()
    if not np.isfinite(values).all():
        bad = found.rows.filter(pa.array(~np.isfinite(values)))["task"].unique().to_pylist()
        raise BundleError(
            f"The bundle gives answers to {', '.join(map(str, bad))} that are no finite numbers.",
            remedy="Fit it again, or put an earlier one in its place.",
        )


def _probes(predictor: Predictor) -> Iterable[dict[str, Any]]:
    spec, types = predictor.spec, predictor.bundle.types
    latest = predictor.store.facts.latest
    probes = []
    for grain in dict.fromkeys(task.grain for task in spec.tasks.values()):
        task = next(one for one in spec.tasks.values() if one.grain == grain)
        probe: dict[str, Any] = {"grain": grain}
        declared = spec.tables[task.about]
        if isinstance(task, EntityTaskSpec):
            table = declared.from_ if isinstance(declared, DerivedTableSpec) else task.about
            whole = types[table][str(declared.key)].kind == "whole"
            probe[str(declared.key)] = -1 if whole else _ABSENT
        has_time = isinstance(task, EntityTaskSpec) or spec.source(task.about).time is not None
        if has_time and latest(grain) is None:
            probe["at"] = "2020-01-01"
        probes.append(probe)
    return probes


def _open(
    answering: Answering, run: Path, state: DiskState, *, version: str, options: ModelOptions
) -> ServedModel:
    run = run_of(run)
    bundle, folder = answering.bundle, run / STORE
    store = StoredEvents(bundle.spec, bundle.types, folder) if folder.exists() else None
    vectors = None
    if store is not None and options.keep_vectors:
        vectors = KeptVectors(bundle, store, seconds=options.keep_vectors)
    predictor = Predictor(bundle, store, run, vectors=vectors)
    assert predictor.store is not None  # raises where there is none
    now = datetime.now(UTC)
    return ServedModel(predictor, version, state.store, state.graphs, answering, options, now)


def _home_of(run: Path, options: ModelOptions) -> Path:
    """Say where the bundle lies that is to answer, whether or not it can."""
    try:
        return find_one_set(run, wanted=options.one_set)[0]
    except BundleError:
        return settled(run / ONE_SET)


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
