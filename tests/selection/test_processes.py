"""Networks that are trained side by side are those that are trained in turn, bit for bit, and no process is left."""

import math
import multiprocessing
import os
import signal
from dataclasses import replace

import pytest
import torch
from typing_extensions import override

from banian.errors import RunError
from banian.selection.candidates import fit_candidates
from banian.selection.single_task import single_out
from banian.training import (
    IN_TURN,
    NO_RECORDER,
    AbstractRecorder,
    Checkpoints,
    Processes,
    WarmStart,
    begin_refit,
)

SHORT = {"seeds": 2, "epochs": 1}
ALL, ONE = ("joint", "twin", "trees"), ("joint",)
CPU = torch.device("cpu")


class Diary(AbstractRecorder):
    """Writes down what it hears, and does something at the first score."""

    def __init__(self, at_score=lambda: None):
        self.heard, self.beside_names, self.at_score = [], set(), at_score

    @override
    def stage(self, name): ...

    @override
    def beside(self, name, share):
        self.beside_names.add(name)

    @override
    def start(self, phase, steps, done):
        self.heard.append((phase, steps, done))

    @override
    def step(self):
        self.heard.append("step")

    @override
    def score(self, scored):
        self.heard.append(scored)
        self.at_score()

    @override
    def finish(self):
        self.heard.append("finish")


@pytest.fixture(scope="module")
def train(examples, roles, make_plan, quick_fit):
    """Select networks on one block or more, then refit each; give all that is known of them."""

    def train(workers, states, serve, recorder=NO_RECORDER, run=None, warm_start=None, **how):
        checkpoints = Checkpoints(states, run or {}, seconds=math.inf)
        plan = replace(
            make_plan(**SHORT | how),
            workers=workers,
            recorder=recorder,
            checkpoints=checkpoints,
            warm_start=warm_start,
        )
        found = fit_candidates(examples, roles, plan, serve, all_twins=True)
        begun = [begin_refit(examples, roles, found.plan, found.joint)]
        for task, selected in found.twins.items():
            begun.append(single_out(task, examples, roles, found.plan).begin_refit(selected))
        return [found.joint, *found.twins.values()], [network() for network in begun]

    return train


@pytest.fixture
def two(tmp_path):
    with Processes(2, tmp_path / "rows", CPU) as workers:
        yield workers
    assert multiprocessing.active_children() == []
    assert not (tmp_path / "rows").exists()


def test_side_by_side_is_as_in_turn(train, two, tmp_path):
    diaries, how = (Diary(), Diary()), {"pretrain_epochs": 1}
    alone = train(IN_TURN, tmp_path / "alone", ALL, diaries[0], **how)
    beside = train(two, tmp_path / "beside", ALL, diaries[1], **how)
    for one, other in zip(alone[0], beside[0], strict=True):
        assert one.schedules == other.schedules
        assert one.tasks == other.tasks
        assert all((one.average(task) == other.average(task)).all() for task in one.tasks)
    for one, other in zip(alone[1], beside[1], strict=True):
        assert is_same(one, other)
    assert diaries[0].heard == diaries[1].heard
    assert diaries[0].beside_names == diaries[1].beside_names
    assert "single-task twin of pays: selecting epochs, seed 2 of 2" in diaries[1].beside_names


def is_same(one, other):
    """Say whether two networks answer by the same weights."""
    if one.answering != other.answering or len(one.members) != len(other.members):
        return False
    states = (
        (o.state_dict(), t.state_dict()) for o, t in zip(one.members, other.members, strict=True)
    )
    return all(
        torch.equal(mine[name], value) for mine, yours in states for name, value in yours.items()
    )


def test_a_network_starts_from_another_in_any_process(train, two, tmp_path):
    _, (first,) = train(two, tmp_path / "first", ONE)
    warm = WarmStart(first.features, first.members[0])
    _, (beside,) = train(two, tmp_path / "beside", ONE, warm_start=warm)
    _, (alone,) = train(IN_TURN, tmp_path / "alone", ONE, warm_start=warm)
    assert is_same(alone, beside)
    assert not is_same(alone, first)


def test_the_run_ends_where_a_process_is_killed(train, two, tmp_path):
    def kill():
        for process in multiprocessing.active_children():
            os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(RunError, match=r"ended by SIGKILL.*\n.*--resume"):
        train(two, tmp_path / "states", ONE, Diary(kill), epochs=200)


def test_an_error_in_a_process_is_the_error_of_the_run(train, two, tmp_path):
    train(IN_TURN, tmp_path / "states", ONE, run={"seed": 0})
    with pytest.raises(RunError, match="another seed"):
        train(two, tmp_path / "states", ONE, run={"seed": 1})


def test_an_interrupt_ends_all_processes(train, two, tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(two, tmp_path / "states", ONE, Diary(interrupt), epochs=200)
