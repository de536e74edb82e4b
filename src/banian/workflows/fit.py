"""fit: raw tables → one model for all tasks, judged and on disk."""

import platform
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from time import monotonic
from typing import Any

import torch

from banian.balancing import check_extras
from banian.batches import load_batches, save_batches
from banian.bundle import Bundle, save_bundle
from banian.conceal import conceal
from banian.errors import RunError
from banian.evaluation import TaskScore
from banian.inference import PII_KEY, key_of_spec
from banian.models import count_trained
from banian.selection.budget import Course, choose_course, quick_course
from banian.selection.costs import measure_costs
from banian.selection.fit import FittedTasks, fit_tasks
from banian.spec import ShopSpec, expect_tasks
from banian.storage import settled
from banian.tables import GivenData, build_engine, gather_data, sum_sources
from banian.training import (
    NO_RECORDER,
    AbstractRecorder,
    AbstractWorkers,
    Checkpoints,
    Device,
    InTurn,
    Processes,
    TrainingPlan,
    add_pseudo_labels,
    choose_device,
    has_checkpoints,
    usable_cores,
)
from banian.training.recorders import AbstractSink, RunLog, Several, Shielded
from banian.workflows.cache import Cache, cache_folder
from banian.workflows.calibrate import calibrate
from banian.workflows.dataset import Dataset, load_dataset, save_dataset
from banian.workflows.evaluate_bundle import evaluate_bundle
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
from banian.workflows.fit_result import FitResult
from banian.workflows.grains import build_grains
from banian.workflows.held_course import hold_course
from banian.workflows.permutation_importance import measure_importance
from banian.workflows.prepare import Prepared, prepare
from banian.workflows.pretrained import check_entities, load_pretrained, sum_pretrained
from banian.workflows.progress import Announce
from banian.workflows.write import hold_run, write_table

_CHECKPOINT_SECONDS = 120.0
_CHECKPOINTS = "checkpoints"
_COURSE = "course.json"
_JUDGING = 0.15
"""Share of what is left of a budget after reading that judging and writing may take."""
_QUICK_ROWS = 20_000
_ROWS = "rows"  # below the checkpoints, while processes share them


def fit(
    spec: ShopSpec,
    data: GivenData,
    out: str | PathLike[str],
    *,
    seed: int = 0,
    device: Device = "auto",
    engine: str = "duckdb",
    jobs: int | None = None,
    minutes: float | None = None,
    quick: bool = False,
    recorder: AbstractRecorder = NO_RECORDER,
    sinks: Sequence[AbstractSink] = (),
    warn: Announce = lambda text: warnings.warn(text, stacklevel=3),
    resume: bool = False,
    overwrite: bool = False,
    checkpoint_seconds: float = _CHECKPOINT_SECONDS,
) -> FitResult:
    """Fit one model for all tasks and write it to `out`: bundle, test predictions, quarantine, log.

    `data` is the folder of the files, or maps tables to DataFrames or paths. A finished run is replaced only with
    `overwrite`, and stays as it is until the new one is whole. With `resume`, a run that was killed there goes on from
    its newest checkpoint and ends as it would have; where there is none, it starts anew. `sinks` are told how training
    goes; one that fails is left alone after a warning. `jobs` says how many networks are trained side by side, each in
    a process of its own, and changes nothing about the bundle: left out, as many as there are cores, on a GPU one.
    `engine` is duckdb, spark (on this machine) or the master URL of a Spark cluster.

    With `minutes`, what brings least for its time is left out until the rest should be done in so many; the steps of
    networks are tried for that, so that the same budget may leave out something else on another day. With `quick`, it
    is a first look: one network of some hundred steps on at most 20,000 rows a grain. The card says what was left out.

    Raises:
        BanianError: the spec, the tables, the labels or the disk do not allow it, another run is writing to `out`, or a
            finished one is there.
        ValueError: `jobs` is less than 1, `minutes` is not above 0, or `quick` has a budget.

    """
    if minutes is not None and (quick or not minutes > 0):
        raise ValueError(f"minutes must be above 0, and quick has no budget: {minutes=}, {quick=}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs must be at least 1, however: jobs={jobs}")
    start, tables, out = monotonic(), gather_data(data), Path(out)
    expect_tasks(spec)
    chosen = choose_device(device)
    check_extras(spec.model.balance)
    with hold_run(out), ExitStack() as held:
        if not overwrite:
            _refuse_finished(out, resume=resume)
        told = [Shielded(sink, warn) for sink in (RunLog(out / "log.jsonl"), *sinks)]
        recorder = Several((recorder, *(held.enter_context(sink) for sink in told)))
        workers = held.enter_context(_choose_workers(spec, jobs, chosen, out, quick=quick))
        computes = build_engine(engine)
        recorder.stage("summing the data")
        pretrained = load_pretrained(spec)
        sources = sum_sources(spec, tables)
        sums = {"data": combine_sources(sources), "code": sum_code(), "engine": computes.label}
        pii_key = key_of_spec(spec)
        if pii_key is not None:  # another key gives other hashes, from the same files
            sums[PII_KEY] = pii_key
        if pretrained is not None:
            sums["pretrained"] = sum_pretrained(pretrained)
        most = _QUICK_ROWS if quick else None
        run = sums | {"spec": sum_spec(spec), "seed": seed, "device": chosen.type}
        run["course"] = "quick" if quick else "whole" if minutes is None else f"{minutes:g} minutes"
        checkpoints = Checkpoints(out / _CHECKPOINTS, run, seconds=checkpoint_seconds)
        if resume:
            checkpoints.check()
        else:
            checkpoints.clear()
        key = combine(sum_questions(spec), *sums.values(), *([] if most is None else [str(most)]))
        cache = Cache(cache_folder(out), key, recorder.stage)
        encoded_cache = Cache(cache_folder(out), combine(key, sum_fields(spec)), recorder.stage)

        def build_unchanged(build: Callable[[], Dataset]) -> Dataset:
            dataset = build()
            recorder.stage("summing the data again")
            refuse_changes(spec, sources, sum_sources(spec, tables))
            return dataset

        prepared = prepare(
            spec,
            tables,
            computes,
            recorder.stage,
            cached=lambda build: cache.get_or_make(
                "examples", lambda: build_unchanged(build), save_dataset, load_dataset
            ),
            profiled=True,
            most=most,
            warn=warn,
        )
        for suspicion in prepared.suspicions:
            warn(conceal(str(suspicion)))
        if pretrained is not None:
            check_entities(pretrained, prepared.examples)
        grains = build_grains(spec.tasks, prepared)
        plan = TrainingPlan(
            spec.model,
            spec.train,
            grains,
            spec.split,
            seed=seed,
            device=chosen,
            recorder=recorder,
            workers=workers,
            checkpoints=checkpoints,
            cached=lambda phase, encode: encoded_cache.get_or_make(
                f"batches-{phase}",
                encode,
                lambda encoded, folder: save_batches(*encoded, folder),
                load_batches,
            ),
            warm_start=pretrained,
        )
        course = Course(spec.train, spec.serve_with)
        if quick:
            course = quick_course(spec, prepared.roles, most=_QUICK_ROWS)
        elif minutes is not None:
            recorder.stage("trying what fits into the budget")

            def choose() -> Course:
                costs = measure_costs(prepared.examples, prepared.roles, plan, spec.serve_with)
                seconds = (1 - _JUDGING) * (60 * minutes - (monotonic() - start))
                return choose_course(spec, costs, seconds=seconds, jobs=workers.jobs)

            course = hold_course(out / _CHECKPOINTS / _COURSE, choose, resume=resume)
        plan = replace(plan, train=course.train)
        plan = add_pseudo_labels(prepared.examples, prepared.roles, plan)
        served = fit_tasks(prepared.examples, prepared.roles, plan, course.serve_with)
        recorder.stage("judging on test rows")
        bundle = Bundle(
            spec=spec,
            types=prepared.dataset.types,
            joint=served.joint,
            calibrations={},
            card={},
            predictors={task: choice.predictors for task, choice in served.choices.items()},
            twins=served.twins,
            trees=served.trees,
            profiles=prepared.dataset.profiles,
        )
        fitted = calibrate(bundle, prepared.examples, prepared.roles)
        bundle = replace(bundle, calibrations=fitted)
        evaluation = evaluate_bundle(bundle, prepared.examples, prepared.roles, seed=seed)
        recorder.stage("permuting columns of test rows")
        importance = measure_importance(
            bundle, prepared.examples, prepared.roles, prepared.features, seed=seed
        )
        card = _card(spec, prepared, evaluation.scores, served, seed)
        card["left_out"] = dict(course.left_out)
        card[PII_KEY] = pii_key
        card["importance"] = {task: one.to_dict() for task, one in importance.items()}
        save_bundle(replace(bundle, card=card), out / "bundle")
        write_table(evaluation.to_arrow(spec.tasks), out / "test_predictions.parquet")
        write_table(prepared.dataset.quarantine, out / "quarantine.parquet")
        checkpoints.clear()
        (out / _CHECKPOINTS / _COURSE).unlink(missing_ok=True)
    scores = {task: evaluation.scores[task] for task in spec.tasks}
    where = {task: declared.grain for task, declared in spec.tasks.items()}
    reach = {task: prepared.label_counts[task].reach for task in spec.tasks}
    left_out = tuple(course.left_out.values())
    took = monotonic() - start
    return FitResult(out / "bundle", took, scores, where, reach, importance, left_out)


def _choose_workers(
    spec: ShopSpec, jobs: int | None, device: torch.device, out: Path, *, quick: bool
) -> AbstractWorkers:
    """Take processes where more than one network can be trained at once."""
    most = (1 if device.type == "cuda" else usable_cores()) if jobs is None else jobs
    twins = len(spec.tasks) if "twin" in spec.serve_with and len(spec.tasks) > 1 else 0
    if quick or most == 1 or spec.train.seeds * spec.train.folds + twins == 1:
        return InTurn(most)
    return Processes(most, out / _CHECKPOINTS / _ROWS, device)


def _refuse_finished(out: Path, *, resume: bool) -> None:
    """Refuse to replace a finished run, unless it was being replaced when it was killed, and is resumed."""
    if not settled(out / "bundle").exists() or (resume and has_checkpoints(out / _CHECKPOINTS)):
        return
    raise RunError(
        f"The run in {out} is finished" + (": there is nothing to resume." if resume else "."),
        remedy="Choose another folder with --out, or replace it with --overwrite (overwrite=True).",
    )


def _card(
    spec: ShopSpec, prepared: Prepared, scores: dict[str, TaskScore], served: FittedTasks, seed: int
) -> dict[str, Any]:
    trained, parameters = count_trained(served.joint.members[0])
    return {
        "shop": spec.shop,
        "tables": {name: report.to_dict() for name, report in prepared.dataset.reports.items()},
        "labels": {task: counts.to_dict() for task, counts in prepared.label_counts.items()},
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
