"""A model as it is on the disk now: loaded, named by what its files hold, and tried before it answers anybody."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

import numpy as np
import pyarrow as pa

from banian.bundle import find_one_set, load_bundle
from banian.errors import BundleError
from banian.features import StoredEvents
from banian.inference import Predictor
from banian.inference.kept_vectors import KeptVectors
from banian.inference.load import STORE
from banian.predictions import PredictionTable
from banian.serving.answering import Answering, choose_answering
from banian.serving.disk_state import DiskState, look_at, mark_one_set
from banian.serving.settings import AS_IT_LIES, ModelOptions
from banian.spec import DerivedTableSpec, EntityTaskSpec
from banian.storage import run_of

_ABSENT = "absent"
"""The key of somebody whom nobody knows."""


@final
@dataclass(frozen=True, eq=False)
class ServedModel:
    """A model that answers.

    Args:
        predictor: it, with what is known of entities.
        version: of its bundle: the beginning of the sum over the sums of its files.
        fitted: version of the run's own bundle, of which one set was made; the same where that answers itself.
        store: version of the store, likewise; behind a + the number of the newest event that came since.
        graphs: version of the graphs that lay there, whether or not they answer.
        answering: what computes.
        options: how it was opened.
        loaded_at: since when it is in memory, in UTC.

    """

    predictor: Predictor
    version: str
    fitted: str
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


def load_model(run: Path, options: ModelOptions = AS_IT_LIES) -> tuple[ServedModel, DiskState]:
    """Load what lies in a run and try it; give as well what lay there as it was loaded.

    One set that cannot answer is passed over for the bundle that it was made of, unless it is asked for.

    Raises:
        BundleError: it is damaged, has no store, or one of another spec; or its answers are no numbers.

    """
    spoilt = also = None
    while True:
        state = look_at(run, options, spoilt=spoilt)
        home, why = find_one_set(run_of(run), wanted=options.one_set)
        if state.spoilt is not None:
            home, why = run_of(run), also
        mark = None if home == run_of(run) else mark_one_set(run)
        try:
            answering = choose_answering(load_bundle(home), home, also=why)
            model = _open(answering, run, state, options=options)
            if look_at(run, options, spoilt=spoilt) != state:
                continue  # something was replaced in the meantime
            try_model(model)
        except BundleError as error:
            if mark is None or options.one_set:
                raise
            spoilt, also = mark, f"One set cannot answer: {error.problem} {_MAKE_AGAIN}"
            continue
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
            answering.fitted,
            answering.home,
            is_of_it=state.bundle == model.version,
            also=answering.also,
        )
    found = replace(state, bundle=model.version, fitted=model.fitted)
    newer = _open(answering, run, found, options=model.options)
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
    why = [one for one in (answering.also, answering.why) if one is not None]
    return {**said, "reason": " ".join(why)} if why else said


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
    answering: Answering, run: Path, state: DiskState, *, options: ModelOptions
) -> ServedModel:
    run = run_of(run)
    bundle, folder = answering.bundle, run / STORE
    store = StoredEvents(bundle.spec, bundle.types, folder) if folder.exists() else None
    vectors = None
    if store is not None and options.keep_vectors:
        vectors = KeptVectors(bundle, store, seconds=options.keep_vectors)
    predictor = Predictor(bundle, store, run, vectors=vectors)
    assert predictor.store is not None  # raises where there is none
    return ServedModel(
        predictor,
        version=state.bundle,
        fitted=state.fitted,
        store=state.store,
        graphs=state.graphs,
        answering=answering,
        options=options,
        loaded_at=datetime.now(UTC),
    )


_MAKE_AGAIN = "Make it again: banian export RUN --one-set --data DIR"
