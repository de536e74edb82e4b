"""A step of several micro-batches is the step of their union."""

import pytest
import torch
from torch.optim import SGD

from banian.balancing import build_balance
from banian.spec import EQUAL, FAMOSpec, GradNormSpec, TrainSpec, UPGradSpec
from banian.training import NO_RECORDER
from banian.training.objective import Objective, shared_parameters
from banian.training.running_counts import RunningCounts
from banian.training.sampler import MicroBatches
from banian.training.step import step
from banian.training.trainer import Schedule, refit


def wander(model, training, *, rows, accumulate, balance):
    """Give the weights after two epochs of plain gradient descent."""
    generator = torch.Generator().manual_seed(0)
    batches = MicroBatches(training, rows=rows, per_step=accumulate, generator=generator)
    spec = TrainSpec(embedding_l2=0.1)
    counts = RunningCounts().add(
        model, training, steps=float(batches.steps_per_epoch), distillation=spec.distillation
    )
    objective = Objective(model, spec, counts)
    weighing = build_balance(balance, objective.grain_of, updates_per_epoch=2)
    optimizer = SGD(model.parameters(), lr=0.3)
    for _ in range(2 * batches.steps_per_epoch):
        micro_batches = [objective.micro_batch(grains) for grains in batches.draw()]
        assert len(micro_batches) == accumulate
        step(weighing, micro_batches, shared_parameters(model), optimizer)
    return model.state_dict()


@pytest.mark.parametrize("balance", [EQUAL, FAMOSpec(), GradNormSpec(), UPGradSpec()])
def test_four_micro_batches_move_the_weights_as_one_batch_of_their_rows(
    balance, make_model, training
):
    start = make_model(*training.values()).state_dict()
    ended = [
        wander(make_model(*training.values()), training, **sizes, balance=balance)
        for sizes in ({"rows": 32, "accumulate": 1}, {"rows": 8, "accumulate": 4})
    ]
    for name, one in ended[0].items():
        torch.testing.assert_close(ended[1][name], one, rtol=1e-3, atol=1e-5)
    assert all(not torch.equal(start[name], ended[0][name]) for name in start if "mlp" in name)


def test_accumulation_makes_fewer_and_larger_steps(make_model, training):
    ended = []
    for accumulate in (1, 4):
        model = make_model(*training.values())
        spec = TrainSpec(batch_rows=8, accumulate=accumulate)
        told = []

        class Diary(type(NO_RECORDER)):
            def score(self, scored, told=told):
                told.append(scored.epoch)

        refit(
            model,
            training,
            Schedule(planned=8, best_steps={"spend": (4,)}, batch_rows=8),
            spec,
            generator=torch.Generator().manual_seed(0),
            recorder=Diary(),
        )
        ended.append((told, model.tower("spend").head.weight.detach()))
    assert ended[0][0] == [0.5]
    assert ended[1][0] == [1.0, 2.0]
    assert not torch.equal(ended[0][1], ended[1][1])
