"""One set of weights that answers all tasks: the mean of the sets of a seed, or what is trained further from there.

Sources: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018, over the steps
that were best for different tasks; Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, with
all that answers a task as the teacher.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Bool, Float64

from banian.bundle import Bundle, SetComparison
from banian.evaluation import draw_metric, higher_is_better, measure
from banian.evaluation.bootstrap import percentiles
from banian.examples import Examples, GrainExamples, Roles
from banian.inference import predict_chosen
from banian.kinds import build_kind
from banian.models import AbstractNetwork, Model, Network, freeze
from banian.selection.validation_scorer import build_scorer
from banian.spec import Predictor
from banian.training import AbstractRecorder, Schedule, choose_batch_rows
from banian.training.reproducible import reproducible
from banian.training.soft_targets import encode_with_targets
from banian.training.trainer import refit

Name = TypeVar("Name", bound=str)
"""Which of several."""
_LEVEL = 0.95
_STEP = 0.03
"""What is trained further takes steps of this size, in units of the size that the network was trained by."""
_HEARD = 0.5
"""Share of the teacher in what is lost."""
_AVERAGED = 4
"""Moments of the last pass whose weights are averaged."""


def average_sets(network: AbstractNetwork) -> list[Model]:
    """Average the weights that answer the tasks of each seed, a task as much as another: a model for each seed."""
    seeds = len(next(iter(network.answering.values())))
    return [
        _average([network.members[places[seed]] for places in network.answering.values()])
        for seed in range(seeds)
    ]


def _average(members: Sequence[Model]) -> Model:
    first, *others = members
    found = copy.deepcopy(first)
    sums = dict(found.named_parameters())
    with torch.no_grad():
        for member in others:
            for name, parameter in member.named_parameters():
                sums[name].add_(parameter)
        for parameter in sums.values():
            parameter.div_(len(members))
    return found


def answer_by(bundle: Bundle, model: Model) -> Bundle:
    """Let one model answer all tasks of a bundle."""
    joint = bundle.joint
    network = Network(
        joint.features, joint.grains, (freeze(model),), dict.fromkeys(bundle.spec.tasks, (0,))
    )
    alone: tuple[Predictor, ...] = ("joint",)
    predictors = dict.fromkeys(bundle.spec.tasks, alone)
    return replace(bundle, joint=network, predictors=predictors, twins={}, trees={})


@reproducible()
def distil(
    bundle: Bundle,
    model: Model,
    examples: Examples,
    roles: Mapping[str, Roles],
    *,
    passes: int,
    seed: int,
    recorder: AbstractRecorder,
) -> Model:
    """Train a model of the bundle further, by the labels of the refit and by what the bundle answers there.

    Kinds whose labels may be any number between (yes or no, counts) learn from the answers; others from labels alone.

    Args:
        bundle: the teacher.
        model: what is trained; it stays as it is, and a copy is given.
        examples: the rows of every grain.
        roles: grain → what their labels may be used for.
        passes: how often the rows of the refit are passed over.
        seed: of the order of rows.
        recorder: hears how training goes.

    """
    chosen = {grain: role.refit for grain, role in roles.items()}
    recorder.stage("asking the bundle")
    targets = {
        grain: _ask_teacher(bundle, rows, chosen[grain]) for grain, rows in examples.grains.items()
    }
    training = encode_with_targets(
        examples, bundle.joint.features, chosen, targets, torch.device("cpu")
    )
    declared = bundle.spec.train
    largest = max(map(len, training.values()))
    rows = declared.batch_rows or choose_batch_rows(largest)
    epoch = math.ceil(largest / (rows * declared.accumulate))
    end = passes * epoch
    steps = tuple(sorted({end - at * epoch // _AVERAGED for at in range(_AVERAGED)}))
    spec = declared.model_copy(
        update={"learning_rate": _STEP * declared.learning_rate, "distillation": _HEARD}
    )
    student = copy.deepcopy(model)
    torch.manual_seed(seed)
    snapshots = refit(
        student,
        training,
        Schedule(end, dict.fromkeys(bundle.spec.tasks, steps), rows),
        spec,
        balance=bundle.spec.model.balance,
        generator=torch.Generator().manual_seed(seed),
        recorder=recorder,
    )
    (weights,) = snapshots.means(student)
    student.load_state_dict(weights)
    return student


def _ask_teacher(
    bundle: Bundle, rows: GrainExamples, chosen: Bool[np.ndarray, "row task"]
) -> Float64[np.ndarray, "row task"]:
    said = np.full(chosen.shape, np.nan)
    towers = bundle.grains[rows.grain].tasks
    taught = tuple(t for t in rows.tasks if build_kind(towers[t].kind).learns_from_trees)
    index = np.flatnonzero(chosen.any(axis=1))
    if taught and len(index):
        values = predict_chosen(bundle, rows, index, taught)
        for task in taught:
            at = rows.tasks.index(task)
            said[index, at] = np.where(chosen[index, at], values[task][:, 0], np.nan)
    return said


def compare(
    bundle: Bundle,
    others: Mapping[Name, Bundle],
    examples: Examples,
    judging: Mapping[str, Bool[np.ndarray, "row task"]],
    *,
    seed: int,
) -> dict[Name, dict[str, SetComparison]]:
    """Compare bundles of one set with the bundle that they were made of, before calibration.

    Args:
        bundle: as it was fitted.
        others: the bundles of one set, by name.
        examples: the rows of every grain.
        judging: grain → the labels that judge; nobody may have learned from them.
        seed: of the draws of entities.

    """
    found: dict[Name, dict[str, SetComparison]] = {name: {} for name in others}
    for grain, rows in examples.grains.items():
        index = np.flatnonzero(judging[grain].any(axis=1))
        known = judging[grain][index]
        towers = bundle.grains[grain].tasks
        said = [
            predict_chosen(one, rows, index, tuple(towers)) for one in (bundle, *others.values())
        ]
        for task, tower in towers.items():
            at = rows.tasks.index(task)
            here = known[:, at]
            scorer = build_scorer(rows, task, tower, judging[grain][:, at])
            readings = [scorer.read(values[task][here]) for values in said]
            scores = [measure(tower.metric, *one, scorer.weight) for one in readings]
            drawn = draw_metric(
                tower.metric,
                readings[0][0],
                [prediction for _, prediction in readings],
                rows.cluster[judging[grain][:, at]],
                weight=scorer.weight,
                seed=seed,
            )
            sign = 1.0 if higher_is_better(tower.metric) else -1.0
            for number, name in enumerate(others, start=1):
                gains = sign * (drawn[number] - drawn[0])
                lower, upper = percentiles(gains, _LEVEL)
                gain = sign * (scores[number] - scores[0])
                found[name][task] = SetComparison(
                    metric=tower.metric,
                    fitted=_known(scores[0]),
                    one_set=_known(scores[number]),
                    gain=_known(gain),
                    lower=_known(lower),
                    upper=_known(upper),
                    rows=int(here.sum()),
                )
    tasks = bundle.spec.tasks
    return {name: {task: own[task] for task in tasks} for name, own in found.items()}


def choose_set(compared: Mapping[Name, Mapping[str, SetComparison]]) -> Name:
    """Name what is worse beyond noise at the fewest tasks, and of these loses least on average; the first on a tie."""

    def fault(name: Name) -> tuple[int, float]:
        losses = [found.loss for found in compared[name].values() if found.loss is not None]
        worse = sum(found.is_worse for found in compared[name].values())
        return worse, float(np.mean(losses)) if losses else 0.0

    return min(compared, key=fault)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
