"""Processes that each see a part of a step meet in `reduce`, and move as one that sees it all.

Threads stand for processes: each has a network, a balance and an optimiser of its own, and nothing else in common.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.optim import SGD

from banian.balancing import build_balance, measure_conflict
from banian.spec import (
    EQUAL,
    AlternatingSpec,
    FAMOSpec,
    GradNormSpec,
    TrainSpec,
    UncertaintySpec,
    UPGradSpec,
)
from banian.training.objective import Objective, shared_parameters
from banian.training.running_counts import RunningCounts

STEPS = 2
BALANCES = [  # a step of each kind: by weights, by weights learned of shares, by gradients, with a second look, in turn
    EQUAL,
    UncertaintySpec(),
    GradNormSpec(),
    FAMOSpec(),
    UPGradSpec(),
    AlternatingSpec(by="grain"),
]


class Meeting:
    """Where so many processes wait for each other and see what the others have brought."""

    def __init__(self, processes: int) -> None:
        self.barrier = threading.Barrier(processes, timeout=30)
        self.brought = [None] * processes

    def bring(self, at, thing):
        self.brought[at] = thing
        self.barrier.wait()
        found = list(self.brought)
        self.barrier.wait()
        return found

    def reduce(self, at):
        def reduce(rows, losses, share):
            found = self.bring(at, (rows, losses, share))
            tasks = sorted({task for own, _, _ in found for task in own})
            every = {
                task: [
                    add(parts)
                    for parts in zip(*(r[task] for r, _, _ in found if task in r), strict=True)
                ]
                for task in tasks
            }
            return every, sum(one for _, one, _ in found), sum(one for _, _, one in found)

        return reduce


def add(parts):
    there = [part for part in parts if part is not None]
    return sum(there) if there else None


def halves(training):
    """Every grain in both processes."""
    even = [{g: b.rows(torch.arange(at, len(b), 2)) for g, b in training.items()} for at in (0, 1)]
    return [[half, half] for half in even]


def grain_by_grain(training):
    """A grain, so the tasks of it, in one process alone."""
    return [[{grain: batch}, {grain: batch}] for grain, batch in training.items()]


def train(model, at, meeting, rows, whole, balance, told):
    """Make steps of two micro-batches with the part of a process."""
    counts = RunningCounts().add(model, whole, steps=0.5, distillation=0.5)
    objective = Objective(model, TrainSpec(), counts, reduce=meeting.reduce(at))
    weighing = build_balance(balance, objective.grain_of, updates_per_epoch=1)
    optimizer, shared = SGD(model.parameters(), lr=0.3), shared_parameters(model)

    def move():
        gradients = meeting.bring(at, [p.grad for p in model.parameters()])
        for parameter, *parts in zip(model.parameters(), *gradients, strict=True):
            parameter.grad = add(parts)
        optimizer.step()

    for _ in range(STEPS):
        optimizer.zero_grad()
        micro_batches = [objective.micro_batch(grains) for grains in rows]
        update = weighing.update(micro_batches, shared, move)
        told.append((update.loss, update.share, update.weight))
    told.append(measure_conflict(micro_batches[0], shared))


def run(make_model, training, parts, balance):
    """Give every process's weights, and what it was told."""
    meeting, whole = Meeting(len(parts)), training
    models = [make_model(*training.values()) for _ in parts]
    told = [[] for _ in parts]
    with ThreadPoolExecutor(len(parts)) as pool:
        waiting = [
            pool.submit(train, models[at], at, meeting, rows, whole, balance, told[at])
            for at, rows in enumerate(parts)
        ]
        for done in waiting:
            done.result()
    return [model.state_dict() for model in models], told


@pytest.mark.parametrize("balance", BALANCES, ids=lambda spec: spec.kind)
@pytest.mark.parametrize("cut", [halves, grain_by_grain])
def test_two_processes_move_as_one_that_sees_all_of_every_step(balance, cut, make_model, training):
    (alone,), (heard,) = run(make_model, training, [[training, training]], balance)
    weights, told = run(make_model, training, cut(training), balance)
    start = make_model(*training.values()).state_dict()
    assert not all(torch.equal(alone[name], value) for name, value in start.items())
    for own, said in zip(weights, told, strict=True):
        for name, value in alone.items():
            torch.testing.assert_close(own[name], value, rtol=1e-3, atol=1e-5)
        for one, other in zip(said[:-1], heard[:-1], strict=True):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
        assert said[-1].norm == pytest.approx(heard[-1].norm, rel=1e-3)
        assert said[-1].cosine == pytest.approx(heard[-1].cosine, abs=1e-3)
