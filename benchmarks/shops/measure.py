"""What every rival says of the test rows of a shop: joint network, single-task twins, boosted trees, what is served."""

import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float64

from banian.examples import Examples, Roles
from banian.predictions import average_values
from banian.report import read_simulated_truth
from banian.selection.candidates import Candidates, fit_candidates, refit_trees
from banian.selection.fit import choose_candidates
from banian.selection.single_task import single_out
from banian.selection.validation_scorer import build_scorer
from banian.spec import Predictor, RowTaskSpec, ShopSpec, TaskSpec
from banian.tables import build_engine
from banian.training import NO_RECORDER, Checkpoints, Processes, TrainingPlan, begin_refit
from banian.workflows.grains import build_grains
from banian.workflows.prepare import prepare
from shops.shop import Shop

ALL: tuple[Predictor, ...] = ("joint", "twin", "trees")
SERVED = "served"
POSSIBLE = "possible"
"""What nobody can do better than for long: the true probabilities, where the shop is simulated."""


def measure_shop(
    shop: Shop, spec: ShopSpec, folder: Path, seed: int, out: Path, *, jobs: int
) -> None:
    """Train all rivals of a shop with one seed, and write what they say into `out`, a pair of files."""
    start, device = monotonic(), torch.device("cpu")
    with (
        tempfile.TemporaryDirectory() as kept,
        Processes(jobs, Path(kept) / "rows", device) as workers,
    ):
        prepared = prepare(spec, folder, build_engine("duckdb"), lambda _: None)
        plan = TrainingPlan(
            spec.model,
            spec.train,
            build_grains(spec.tasks, prepared),
            spec.split,
            seed=seed,
            device=device,
            recorder=NO_RECORDER,
            workers=workers,
            checkpoints=Checkpoints(Path(kept), {}, seconds=math.inf),
        )
        examples, roles = prepared.examples, prepared.roles
        seconds = {"prepare": monotonic() - start}
        start = monotonic()
        candidates = fit_candidates(examples, roles, plan, ALL, all_twins=True)
        plan = candidates.plan
        choices = choose_candidates(candidates, examples, roles, plan, ALL)
        seconds["select"] = monotonic() - start
        start = monotonic()
        said = _refit_all(candidates, examples, roles, plan)
        seconds["refit"] = monotonic() - start
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"shop": shop.name, "seed": seed, "seconds": seconds, "tasks": {}}
    for rows in examples.grains.values():
        for at, task in enumerate(rows.tasks):
            tower, judged = plan.grains[rows.grain].tasks[task], roles[rows.grain].test[:, at]
            values = said[task] | {
                SERVED: average_values([said[task][p] for p in choices[task].predictors])
            }
            selects = roles[rows.grain].valid[:, at]
            scorer = build_scorer(rows, task, tower, selects)
            arrays[f"valid/{task}/cluster"] = rows.cluster[selects]
            for name, value in candidates.values(task, ALL).items():
                arrays[f"valid/{task}/label"], arrays[f"valid/{task}/{name}"] = scorer.read(value)
            scorer = build_scorer(rows, task, tower, judged)
            arrays[f"{task}/cluster"] = rows.cluster[judged]
            for name, value in values.items():
                arrays[f"{task}/label"], arrays[f"{task}/{name}"] = scorer.read(value)
            if tower.kind == "binary" and (folder / "truth.parquet").exists():
                likely = _look_up(
                    spec.tasks[task], spec, folder, rows.keys.filter(pa.array(judged))
                )
                arrays |= {} if likely is None else {f"{task}/{POSSIBLE}": likely}
            trains = roles[rows.grain].refit[:, at]
            facts["tasks"][task] = {
                "kind": tower.kind,
                "metric": tower.metric,
                "labels": int(trains.sum()),
                **choices[task].to_dict(),
            }
    np.savez_compressed(out.with_suffix(".npz"), **arrays)
    out.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")


def _refit_all(
    candidates: Candidates, examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan
) -> dict[str, dict[str, np.ndarray]]:
    """Refit every rival, also those that would not serve, and ask them about the test rows."""
    begun = begin_refit(examples, roles, plan, candidates.joint)
    twins = {
        task: single_out(task, examples, roles, plan).begin_refit(selected)
        for task, selected in candidates.twins.items()
    }
    joint = begun()
    said: dict[str, dict[str, np.ndarray]] = {}
    for rows in examples.grains.values():
        test = {
            t: rows.take(np.flatnonzero(roles[rows.grain].test[:, at]))
            for at, t in enumerate(rows.tasks)
        }
        for task, asked in test.items():
            said[task] = {"joint": joint.predict(asked, (task,))[task]}
            if task in twins:
                said[task]["twin"] = twins[task]().predict(asked, (task,))[task]
            if task in candidates.trees:
                trees = refit_trees(task, candidates.trees[task], examples, roles, plan)
                said[task]["trees"] = trees.predict(asked)
    return said


def _look_up(
    task: TaskSpec, spec: ShopSpec, folder: Path, keys: pa.Table
) -> Float64[np.ndarray, " row"] | None:
    """Give the probabilities with which the labels of rows were drawn, if the simulation knows them."""
    truth = read_simulated_truth(folder)
    if not isinstance(task, RowTaskSpec) or (task.rows, str(task.label)) not in truth.labels():
        return None
    key = keys[str(spec.source(task.rows).key)].combine_chunks().cast(pa.int64())
    drawn = truth.look_up(task.rows, str(task.label), key)
    return None if drawn is None else drawn.probability
