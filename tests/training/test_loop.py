import pytest
import torch

from banian.spec import EQUAL, FieldsSpec, FixedSpec, MMoESpec, ModelSpec, TrainSpec, UPGradSpec
from banian.training import Checkpoints
from banian.training.loop import Loop
from banian.training.sampler import MicroBatches

TASKS = {"stays", "spend", "returned"}
MODEL = ModelSpec(
    sharing=MMoESpec(width=8, experts=2), entity_width=6, private_width=4, tower_width=6
)
SPEC = TrainSpec(epochs=3, batch_rows=16, learning_rate=0.02)  # 4 steps per epoch


@pytest.fixture
def begin(make_model, training):
    def make(balance=EQUAL, spec=SPEC, dropout=0.0):
        model = make_model(*training.values(), spec=MODEL.model_copy(update={"dropout": dropout}))
        generator = torch.Generator().manual_seed(0)
        batches = MicroBatches(training, rows=spec.batch_rows, generator=generator)
        return model, Loop("select", model, training, spec, 12, batches, balance)

    return make


@pytest.fixture
def make_loop(make_model, training):
    def make(smallest: int, spec: TrainSpec, seed: int) -> Loop:
        fields = FieldsSpec(sparse_rows=smallest)
        model = make_model(*training.values(), seed=seed, spec=ModelSpec(fields=fields))
        batches = MicroBatches(training, rows=8, generator=torch.Generator().manual_seed(seed))
        return Loop("select", model, training, spec, 20, batches, EQUAL)

    return make


def weights_of(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_the_weights_that_were_minimised_are_told(begin):
    _, loop = begin(FixedSpec(weights={"spend": 4.0}))
    loop.step()
    told = loop.tell(None)
    assert told.weights == pytest.approx({"stays": 1 / 6, "spend": 4 / 6, "returned": 1 / 6})


def test_losses_are_means_over_the_labels_since_the_last_time(begin, training):
    """Before any update they are those of the priors."""
    model, loop = begin(spec=SPEC.model_copy(update={"learning_rate": 1e-12}))
    expected = {}
    for batch in training.values():
        loss = model.loss(batch, model(batch)).sum(dim=0) / batch.mask.sum(dim=0)
        expected |= dict(zip(batch.tasks, loss.tolist(), strict=True))
    for _ in range(2):
        for _ in range(4):
            loop.step()
        assert loop.tell(None).train_loss == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("balance", [EQUAL, UPGradSpec()])
def test_norms_and_angles_are_told_at_the_end_of_an_epoch(begin, balance):
    _, loop = begin(balance)
    for step in range(1, 9):
        loop.step()
        told = loop.tell(None)
        if step % 4:
            assert told.gradient_norms == told.cosines == {}
        else:
            assert told.gradient_norms.keys() == TASKS
            assert all(norm > 0 for norm in told.gradient_norms.values())
            pairs = {(one, other) for one, by in told.cosines.items() for other in by}
            assert pairs == {("returned", "spend"), ("returned", "stays"), ("spend", "stays")}
            assert all(-1 <= cosine <= 1 for by in told.cosines.values() for cosine in by.values())


def test_being_told_does_not_change_training(begin):
    ended = []
    for asks in (True, False):
        torch.manual_seed(0)
        model, loop = begin(dropout=0.3)
        for _ in range(8):
            loop.step()
            if asks:
                loop.tell(None)
        ended.append(weights_of(model))
    assert torch.equal(*ended)


def test_the_balance_is_the_one_asked_for(begin):
    ended = []
    for balance in (EQUAL, UPGradSpec(), FixedSpec(weights={"spend": 4.0})):
        model, loop = begin(balance)
        for _ in range(6):
            loop.step()
        ended.append(weights_of(model))
    assert not torch.equal(ended[0], ended[1])
    assert not torch.equal(ended[0], ended[2])


@pytest.mark.parametrize(
    ("smallest", "spec"),
    [
        (10**9, TrainSpec(embedding_l2=0.1)),
        (1, TrainSpec(learning_rate=0.02)),
        (1, TrainSpec(learning_rate=0.02, sparse="adagrad", embedding_l2=0.1)),
    ],
    ids=["dense", "lazy Adam", "row-wise Adagrad"],
)
def test_a_thawed_loop_goes_on_bit_for_bit(smallest, spec, make_loop, tmp_path):
    loop, checkpoints = make_loop(smallest, spec, 3), Checkpoints(tmp_path, {}, seconds=0.0)
    torch.use_deterministic_algorithms(True)
    try:
        for _ in range(5):
            loop.step()
        checkpoints.keep(loop.freeze({}))
        for _ in range(6):
            loop.step()
        again = make_loop(smallest, spec, 4)
        again.thaw(checkpoints.newest())
        for _ in range(6):
            again.step()
    finally:
        torch.use_deterministic_algorithms(False)
    one, other = loop.freeze({}).tensors, again.freeze({}).tensors
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any(name.startswith("optimizer/sparse/") for name in one) == (smallest == 1)
