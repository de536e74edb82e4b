"""Scores as the trainer tells them, a sink that writes down what it hears, and servers that are of no use."""

import socket

import pytest
from typing_extensions import override

from banian.training.recorder import Scored
from banian.training.recorders import AbstractSink

STEPS = {"select": (2, 4, 6), "refit": (3, 5)}


class Diary(AbstractSink):
    """Writes down what it hears; `upset` happens at the event of that name."""

    def __init__(self, upset=None, at="score"):
        self.heard, self.upset, self.at = [], upset, at

    @property
    @override
    def name(self):
        return "The diary"

    @override
    def stage(self, name):
        self.hear("stage", name)

    @override
    def start(self, phase, steps, done):
        self.hear("start", phase, steps, done)

    @override
    def step(self):
        self.hear("step")

    @override
    def score(self, scored):
        self.hear("score", scored.phase, scored.step)

    @override
    def finish(self):
        self.hear("finish")

    @override
    def close(self, *, failed):
        self.hear("close", failed)

    def hear(self, *event):
        self.heard.append(event)
        if self.upset is not None and event[0] == self.at:
            raise self.upset


def scored(phase, step, loss=None):
    loss = 1 / step if loss is None else loss
    known = {"churn": loss, "spend": loss / 3}
    valid = known if phase == "select" else {}
    return Scored(
        phase=phase,
        step=step,
        epoch=step / 4,
        train_loss=known,
        valid_loss=valid,
        metrics=valid,
        weights=dict.fromkeys(known, 0.5),
        gradient_norms={"churn": 2.0, "spend": 0.25},
        cosines={"churn": {"spend": -0.5}},
    )


def train(recorder, phase="select", done=0, *, steps=STEPS):
    """Tell what a run would that goes on from a checkpoint at this moment."""
    for each in ("select", "refit")[phase == "refit" :]:
        held = done if each == phase else 0
        recorder.start(each, steps[each][-1], held)
        for step in steps[each]:
            if step > held:
                recorder.step()
                recorder.score(scored(each, step))
        recorder.finish()


@pytest.fixture
def make_diary():
    return Diary


@pytest.fixture
def make_scored():
    return scored


@pytest.fixture
def tell_run():
    return train


@pytest.fixture
def refusing():
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"127.0.0.1:{port}"


@pytest.fixture
def silent():
    """An address where connections are taken and never answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
