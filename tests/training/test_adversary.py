import pytest
import torch

from banian.models.encoders import EntityEncoder, FieldsEmbedding
from banian.spec import FAMOSpec, TrainSpec
from banian.training.adversary import attacked_losses
from banian.training.loop import Loop
from banian.training.sampler import MicroBatches


@pytest.fixture
def batch(make_batch):
    """Some rows have no customer, some no known label."""
    batch = make_batch("orders", 24, known=0.7)
    batch.blocks["customers"].present[::4] = False
    return batch


@pytest.fixture
def awake(make_model, batch):
    model = make_model(batch)
    torch.nn.init.normal_(model.tower("returned").head.weight)
    return model


def embeddings(model, change=lambda vectors: vectors):
    """Let a function see what is embedded, and give what takes it away again."""
    encoders = [part for part in model.modules() if isinstance(part, FieldsEmbedding)]
    hooks = [
        *(
            e.register_forward_pre_hook(
                lambda _, seen: (*seen[:2], change(seen[2].requires_grad_()))
            )
            for e in encoders
        ),
        *(
            e.parts.encoders["number"].register_forward_hook(lambda _, __, out: change(out))
            for e in encoders
        ),
    ]
    return lambda: [hook.remove() for hook in hooks]


def slopes_of(model, batch):
    """The gradient of the sum of losses in what each embedding gave, found from the outside."""
    seen = []

    def keep(vectors):
        seen.append(vectors)
        return vectors

    remove = embeddings(model, keep)
    loss = model.loss(batch, model(batch)).sum()
    remove()
    slopes = torch.autograd.grad(loss, seen, allow_unused=True)
    return [torch.zeros_like(at) if s is None else s for at, s in zip(seen, slopes, strict=True)]


def lose(model, batch):
    return model.losses(batch, model(batch))


def test_each_row_is_moved_by_the_reach_along_its_gradient(awake, batch):
    plain, moved = [], []
    found = []

    def keep(vectors):
        found.append(vectors.detach())
        return vectors

    remove = embeddings(awake)
    attacked = [part.mlp for part in awake.modules() if isinstance(part, EntityEncoder)]
    hooks = [
        m.register_forward_hook(lambda _, inputs, __: found.append(inputs[0])) for m in attacked
    ]
    attacked_losses(awake, 0.25, lambda: lose(awake, batch))
    for hook in hooks:
        hook.remove()
    remove()
    half = len(found) // 2
    plain, moved = torch.cat(found[:half], dim=1), torch.cat(found[half:], dim=1)
    # Found with the categorical fields of each entity first, where the encoder has its numbers first.
    found = slopes_of(awake, batch)
    slopes = torch.cat(
        [s for pair in zip(found[1::2], found[::2], strict=True) for s in pair], dim=1
    )
    length = slopes.norm(dim=1, keepdim=True)
    expected = torch.where(length > 0, 0.25 * slopes / length, 0)
    torch.testing.assert_close(moved - plain, expected, rtol=1e-3, atol=1e-6)
    known = batch.mask[:, 0]
    assert (length[:, 0] > 0).tolist() == known.tolist()
    assert 0 < known.sum() < len(known)


@pytest.mark.parametrize("reach", [1e-4, 1e-3])
def test_the_loss_rises_by_half_the_reach_times_the_length_of_the_gradient(awake, batch, reach):
    """To first order, half because the mean of both losses is taken."""
    awake.double()
    batch = batch.to(torch.device("cpu"), torch.float64)
    plain = lose(awake, batch)["returned"]
    attacked = attacked_losses(awake, reach, lambda: lose(awake, batch))["returned"]
    length = torch.cat(slopes_of(awake, batch), dim=1).norm(dim=1)
    rise = (attacked - plain) / (reach / 2)
    torch.testing.assert_close(rise, length, rtol=0.05, atol=1e-9)


def test_nothing_stays_behind(awake, batch):
    before = lose(awake, batch)["returned"]
    attacked_losses(awake, 10.0, lambda: lose(awake, batch))
    assert torch.equal(lose(awake, batch)["returned"], before)
    assert all(parameter.grad is None for parameter in awake.parameters())


@pytest.mark.parametrize("balance", [FAMOSpec()])
def test_training_with_an_adversary_ends_elsewhere(make_model, training, balance):
    ended = []
    for reach in (0.0, 0.5):
        model = make_model(*training.values())
        batches = MicroBatches(training, rows=16, generator=torch.Generator().manual_seed(0))
        loop = Loop("select", model, training, TrainSpec(adversary=reach), 8, batches, balance)
        for _ in range(4):
            loop.step()
        told = loop.tell(None)
        assert all(norm > 0 for norm in told.gradient_norms.values())
        ended.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    assert all(weights.isfinite().all() for weights in ended)
    assert not torch.equal(*ended)
