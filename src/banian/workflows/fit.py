"""fit: raw tables → one model for all tasks, judged and on disk."""

import platform
from dataclasses import dataclass, replace
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from time import monotonic
from typing import Any, final

from banian.bundle import Bundle, save_bundle
from banian.evaluation import TaskScore
from banian.models import Grain, TowerSpec
from banian.predictions import stack_predictions
from banian.spec import METRICS, AggregateSpec, ShopSpec
from banian.training import NO_RECORDER, AbstractRecorder, Device, choose_device, fit_model
from banian.workflows.judge import calibrate, judge
from banian.workflows.prepare import Prepared, prepare
from banian.workflows.write import write_table

_PACKAGES = ("banian", "duckdb", "ibis-framework", "numpy", "pyarrow", "torch")


@final
@dataclass(frozen=True)
class FitResult:
    """What a run found, and where it lies."""

    bundle: Path
    seconds: float
    scores: dict[str, TaskScore]
    grains: dict[str, str]
    """Task → grain."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        tasks = {
            task: {"grain": self.grains[task], **score.to_dict()}
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
    recorder: AbstractRecorder = NO_RECORDER,
) -> FitResult:
    """Fit one model for all tasks and write it to `out`: bundle, test predictions, quarantine.

    Raises:
        BanianError: the spec, the tables, the labels or the disk do not allow it.

    """
    start, out = monotonic(), Path(out)
    chosen = choose_device(device)
    prepared = prepare(spec, Path(data), recorder.stage)
    grains = _grains(spec, prepared)
    fitted = fit_model(
        spec,
        prepared.examples,
        prepared.roles,
        grains,
        seed=seed,
        device=chosen,
        recorder=recorder,
    )
    recorder.stage("judging on test rows")
    bundle = Bundle(
        spec=spec,
        types=prepared.database.types,
        features=fitted.features,
        grains=grains,
        model=fitted.model,
        calibrations=calibrate(
            fitted.model, fitted.features, grains, prepared.examples, prepared.roles
        ),
        card={},
    )
    judgement = judge(bundle, prepared.examples, prepared.roles, seed=seed)
    card = _card(prepared, judgement.scores, seed, fitted.schedule.taken)
    save_bundle(replace(bundle, card=card), out / "bundle")
    predictions = [judgement.predictions[task] for task in spec.tasks]
    write_table(stack_predictions(predictions), out / "test_predictions.parquet")
    write_table(prepared.database.quarantine.to_pyarrow(), out / "quarantine.parquet")
    scores = {task: judgement.scores[task] for task in spec.tasks}
    where = {task: declared.grain for task, declared in spec.tasks.items()}
    return FitResult(out / "bundle", monotonic() - start, scores, where)


def _grains(spec: ShopSpec, prepared: Prepared) -> dict[str, Grain]:
    grains = {}
    for grain, rows in prepared.examples.grains.items():
        towers = {}
        for task in rows.tasks:
            kind, label = prepared.kinds[task], spec.tasks[task].label
            metric = spec.tasks[task].metric or METRICS[kind][0]
            floor = label.at_least if isinstance(label, AggregateSpec) else None
            towers[task] = TowerSpec(kind, metric, floor)
        grains[grain] = Grain(tuple(sorted(rows.entities)), towers)
    return grains


def _card(
    prepared: Prepared, scores: dict[str, TaskScore], seed: int, steps: int
) -> dict[str, Any]:
    return {
        "shop": prepared.database.spec.shop,
        "tables": {name: t.report.to_dict() for name, t in prepared.database.tables.items()},
        "labels": {task: supply.to_dict() for task, supply in prepared.supplies.items()},
        "scores": {task: score.to_dict() for task, score in scores.items()},
        "training": {"seed": seed, "steps": steps},
        "versions": {"python": platform.python_version()} | {p: version(p) for p in _PACKAGES},
    }
