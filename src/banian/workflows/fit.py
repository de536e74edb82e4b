"""fit: raw tables → one model for all tasks, judged and on disk."""

import platform
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from time import monotonic
from typing import Any, final

from banian.balancing import check_extras
from banian.batches import load_batches, save_batches
from banian.bundle import Bundle, save_bundle
from banian.errors import RunError
from banian.evaluation import TaskScore
from banian.models import count_trained
from banian.spec import ShopSpec, expect_tasks
from banian.storage import only_writer, reason_of
from banian.studies.served import Served, serve_tasks
from banian.tables import build_engine, sum_sources
from banian.training import (
    NO_RECORDER,
    AbstractRecorder,
    Checkpoints,
    Course,
    Device,
    choose_device,
    teach_oneself,
)
from banian.training.recorders import AbstractSink, RunLog, Several, Shielded
from banian.workflows.cache import Cache, cache_folder
from banian.workflows.calibrate import calibrate
from banian.workflows.drawn import Drawn, load_drawn, save_drawn
from banian.workflows.fingerprint import (
    PACKAGES,
    combine,
    combine_sources,
    refuse_changes,
    sum_code,
    sum_fields,
    sum_questions,
    sum_spec,
)
from banian.workflows.judge import judge
from banian.workflows.prepare import Prepared, prepare
from banian.workflows.progress import Announce
from banian.workflows.towers import grains_of
from banian.workflows.trunk import check_entities, load_trunk, sum_trunk
from banian.workflows.write import write_table

_CHECKPOINT_SECONDS = 120.0


@final
@dataclass(frozen=True)
class FitResult:
    """What a run found, and where it lies."""

    bundle: Path
    seconds: float
    scores: dict[str, TaskScore]
    grains: dict[str, str]
    """Task → grain."""
    reach: dict[str, str | None]
    """Task → up to when its labels are known; nothing without time."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        tasks = {
            task: {"grain": self.grains[task], "reach": self.reach[task], **score.to_dict()}
            for task, score in self.scores.items()
        }
        return {"bundle": str(self.bundle), "seconds": round(self.seconds, 1), "tasks": tasks}


def fit(
    spec: ShopSpec,
    data: str | PathLike[str],
    out: str | PathLike[str],
    *,
    seed: int = 0,
    device: Device = "auto",
    engine: str = "duckdb",
    recorder: AbstractRecorder = NO_RECORDER,
    sinks: Sequence[AbstractSink] = (),
    warn: Announce = lambda text: warnings.warn(text, stacklevel=3),
    resume: bool = False,
    checkpoint_seconds: float = _CHECKPOINT_SECONDS,
) -> FitResult:
    """Fit one model for all tasks and write it to `out`: bundle, test predictions, quarantine, log.

    With `resume`, a run that was killed there goes on from its newest checkpoint and ends as it would have; where there
    is none, it starts anew. `sinks` are told how training goes; one that fails is left alone after a warning. `engine`
    is duckdb, spark (on this machine) or the master URL of a Spark cluster.

    Raises:
        BanianError: the spec, the tables, the labels or the disk do not allow it, or another run is writing to `out`.

    """
    start, data, out = monotonic(), Path(data), Path(out)
    expect_tasks(spec)
    chosen = choose_device(device)
    check_extras(spec.model.balance)
    with ExitStack() as held:
        _hold(out, held)
        told = [Shielded(sink, warn) for sink in (RunLog(out / "log.jsonl"), *sinks)]
        recorder = Several((recorder, *(held.enter_context(sink) for sink in told)))
        tables = build_engine(engine)
        recorder.stage("summing the data")
        trunk = load_trunk(spec)
        sources = sum_sources(spec, data)
        sums = {"data": combine_sources(sources), "code": sum_code(), "engine": tables.label}
        if trunk is not None:
            sums["trunk"] = sum_trunk(trunk)
        run = sums | {"spec": sum_spec(spec), "seed": seed, "device": chosen.type}
        checkpoints = Checkpoints(out / "checkpoints", run, seconds=checkpoint_seconds)
        if resume:
            checkpoints.check()
        else:
            checkpoints.clear()
        key = combine(sum_questions(spec), *sums.values())
        cache = Cache(cache_folder(out), key, recorder.stage)
        encoded_cache = Cache(cache_folder(out), combine(key, sum_fields(spec)), recorder.stage)

        def read_unchanged(draw: Callable[[], Drawn]) -> Drawn:
            drawn = draw()
            recorder.stage("summing the data again")
            refuse_changes(sources, sum_sources(spec, data))
            return drawn

        prepared = prepare(
            spec,
            data,
            tables,
            recorder.stage,
            recall=lambda draw: cache.recall(
                "examples", lambda: read_unchanged(draw), save_drawn, load_drawn
            ),
            warn=warn,
        )
        for suspicion in prepared.suspicions:
            warn(str(suspicion))
        if trunk is not None:
            check_entities(trunk, prepared.examples)
        grains = grains_of(spec.tasks, prepared)
        course = Course(
            spec.model,
            spec.train,
            grains,
            spec.split,
            seed=seed,
            device=chosen,
            recorder=recorder,
            checkpoints=checkpoints,
            recall=lambda phase, encode: encoded_cache.recall(
                f"batches-{phase}",
                encode,
                lambda encoded, folder: save_batches(*encoded, folder),
                load_batches,
            ),
            trunk=trunk,
        )
        course = teach_oneself(prepared.examples, prepared.roles, course)
        served = serve_tasks(prepared.examples, prepared.roles, course, spec.serve_with)
        recorder.stage("judging on test rows")
        bundle = Bundle(
            spec=spec,
            types=prepared.drawn.types,
            joint=served.joint,
            calibrations={},
            card={},
            predictors={task: choice.predictors for task, choice in served.choices.items()},
            twins=served.twins,
            trees=served.trees,
        )
        fitted = calibrate(bundle, prepared.examples, prepared.roles)
        bundle = replace(bundle, calibrations=fitted)
        judgement = judge(bundle, prepared.examples, prepared.roles, seed=seed)
        card = _card(spec, prepared, judgement.scores, served, seed)
        save_bundle(replace(bundle, card=card), out / "bundle")
        write_table(judgement.to_arrow(spec.tasks), out / "test_predictions.parquet")
        write_table(prepared.drawn.quarantine, out / "quarantine.parquet")
        checkpoints.clear()
    scores = {task: judgement.scores[task] for task in spec.tasks}
    where = {task: declared.grain for task, declared in spec.tasks.items()}
    reach = {task: prepared.supplies[task].reach for task in spec.tasks}
    return FitResult(out / "bundle", monotonic() - start, scores, where, reach)


def _hold(out: Path, held: ExitStack) -> None:
    try:
        held.enter_context(only_writer(out))
    except BlockingIOError:
        raise RunError(
            f"Another run is writing to {out}.", remedy="Wait for it, or choose another --out."
        ) from None
    except OSError as error:
        raise RunError(
            f"Cannot write to {out}: {reason_of(error)}.",
            remedy="Choose another folder with --out.",
        ) from None


def _card(
    spec: ShopSpec, prepared: Prepared, scores: dict[str, TaskScore], served: Served, seed: int
) -> dict[str, Any]:
    trained, parameters = count_trained(served.joint.members[0])
    return {
        "shop": spec.shop,
        "tables": {name: report.to_dict() for name, report in prepared.drawn.reports.items()},
        "labels": {task: supply.to_dict() for task, supply in prepared.supplies.items()},
        "scores": {task: score.to_dict() for task, score in scores.items()},
        "served": {task: choice.to_dict() for task, choice in served.choices.items()},
        "training": {
            "seed": seed,
            "steps": dict(served.steps),
            "parameters": parameters,
            "trained_parameters": trained,
        },
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
    }
