"""A loop that is thawed goes on as the frozen one would, whatever updates its parameters."""

import pytest
import torch

from banian.spec import FieldsSpec, ModelSpec, TrainSpec
from banian.training import Checkpoints
from banian.training.loop import Loop
from banian.training.sampler import MicroBatches


@pytest.fixture
def make_loop(make_model, training):
    def make(smallest: int, spec: TrainSpec, seed: int) -> Loop:
        fields = FieldsSpec(sparse_rows=smallest)
        model = make_model(*training.values(), seed=seed, spec=ModelSpec(fields=fields))
        batches = MicroBatches(training, rows=8, generator=torch.Generator().manual_seed(seed))
        return Loop("select", model, training, spec, planned=20, batches=batches)

    return make


@pytest.mark.parametrize(
    ("smallest", "spec"),
    [
        (10**9, TrainSpec(table_decay=0.1)),
        (1, TrainSpec(learning_rate=0.02)),
        (1, TrainSpec(learning_rate=0.02, sparse="adagrad", table_decay=0.1)),
    ],
    ids=["dense", "lazy Adam", "row-wise Adagrad"],
)
def test_a_thawed_loop_goes_on_bit_for_bit(smallest, spec, make_loop, tmp_path):
    loop, checkpoints = make_loop(smallest, spec, 3), Checkpoints(tmp_path, {}, seconds=0.0)
    torch.use_deterministic_algorithms(True)
    try:
        for _ in range(5):
            loop.step()
        checkpoints.keep(loop.freeze())
        for _ in range(6):
            loop.step()
        again = make_loop(smallest, spec, 4)
        again.thaw(checkpoints.newest())
        for _ in range(6):
            again.step()
    finally:
        torch.use_deterministic_algorithms(False)
    one, other = loop.freeze().tensors, again.freeze().tensors
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any(name.startswith("optimizer/sparse/") for name in one) == (smallest == 1)
