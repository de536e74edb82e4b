import pytest
import torch

from banian.batches import Fields
from banian.errors import SpecError
from banian.kinds import TowerState
from banian.models import Grain, build_model, build_warm_started, count_trained
from banian.spec import (
    AdaptersSpec,
    CrossStitchSpec,
    LatentVariableSpec,
    MMoESpec,
    ModelSpec,
    PLESpec,
    SharedBottomSpec,
    STEMSpec,
    TaskAttentionSpec,
)

NEW = {
    "customers": Grain(entities=("customers",), tasks={"churn": TowerState("binary", "auc")}),
}
SHARINGS = [
    SharedBottomSpec(width=8),
    MMoESpec(width=8),
    PLESpec(width=8, layers=1),
    TaskAttentionSpec(width=8),
    STEMSpec(width=8),
    LatentVariableSpec(width=8),
    MMoESpec(width=8, members=2),
]
each = pytest.mark.parametrize("sharing", SHARINGS, ids=lambda spec: f"{spec.kind}-{spec.members}")


@pytest.fixture
def grow(make_model, fields):
    """Build a network for other tasks on the pretrained network of the usual one."""

    def grow(sharing, *, adapters=AdaptersSpec(rank=2), grains=NEW):  # noqa: B008
        spec = ModelSpec(sharing=sharing, entity_width=6, private_width=4, tower_width=8)
        pretrained = make_model(spec)
        torch.manual_seed(9)
        spec = spec.model_copy(update={"adapters": adapters})
        model = build_warm_started(spec, pretrained, fields=fields, grains=grains, scenes=4)
        return pretrained, model.double()

    return grow


def of_new_task(make_batch):
    batch = make_batch("customers", 50)
    return type(batch)(
        grain="customers",
        tasks=("churn",),
        blocks=batch.blocks,
        scene=batch.scene,
        level=batch.level[:, :1],
        label=batch.label[:, :1],
        mask=batch.mask[:, :1],
    )


@each
def test_training_leaves_the_pretrained_network_as_it_was_bit_by_bit(sharing, grow, make_batch):
    pretrained, model = grow(sharing)
    batch = of_new_task(make_batch)
    model.fit_priors(batch)
    before = {name: value.clone() for name, value in model.named_parameters()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (model.loss(batch, model(batch)).sum() + model.penalty()).backward()
        optimizer.step()
    there = {id(p) for p in pretrained.shared_parameters()}
    copied = {name for name, p in pretrained.named_parameters() if id(p) in there}
    moved = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    owned = {id(own) for own in model.task_parameters("churn")}
    assert moved == {name for name, p in model.named_parameters() if id(p) in owned}
    assert not moved & frozen
    for name in frozen:
        first = name.replace("sharing.adapted.", "sharing.").replace(".linear.", ".")
        assert torch.equal(model.get_parameter(name), pretrained.get_parameter(first))
        copied.discard(first)
    # What remains of the pretrained network has no place here.
    assert all(name.startswith("private.of_shop%2Elines.") for name in copied)
    assert model.shared_parameters() == []


@pytest.mark.parametrize(
    "sharing",
    [SharedBottomSpec(width=8), LatentVariableSpec(width=8), SharedBottomSpec(width=8, members=3)],
    ids=lambda spec: f"{spec.kind}-{spec.members}",
)
def test_a_new_task_first_sees_what_the_tasks_of_the_pretrained_network_see(
    sharing, grow, make_batch
):
    seen = []
    pretrained, model = (part.eval() for part in grow(sharing))
    for part in (pretrained, model):
        part.sharing.register_forward_hook(lambda _, inputs, out: seen.append(out[:, 0]))
    pretrained(make_batch("customers", 50))
    model(of_new_task(make_batch))
    torch.testing.assert_close(seen[0], seen[1], rtol=0, atol=1e-14)


def test_a_new_private_encoder_is_trained(grow, make_batch):
    grains = {
        "visitors": Grain(entities=("customers",), tasks={"churn": TowerState("binary", "auc")})
    }
    _, model = grow(MMoESpec(width=8), grains=grains)
    private = {
        name: p.requires_grad for name, p in model.named_parameters() if name.startswith("private.")
    }
    assert all(private.values())
    assert len(private) == len(model.shared_parameters())


def test_without_adapters_everything_starts_there_and_is_trained(grow):
    pretrained, model = grow(MMoESpec(width=8), adapters=None)
    assert all(p.requires_grad for p in model.parameters())
    assert torch.equal(
        model.sharing.experts.first.weight.value, pretrained.sharing.experts.first.weight.value
    )


PER_TASK = [CrossStitchSpec(width=8), PLESpec(width=8, layers=2)]
per_task = pytest.mark.parametrize("sharing", PER_TASK, ids=lambda spec: spec.kind)


@per_task
def test_what_all_train_of_each_task_wants_the_same_tasks(sharing, grow, grains):
    with pytest.raises(
        SpecError, match=r"a\.b, keys, margin, spend; here are churn\.\nRemedy: Ask"
    ):
        grow(sharing)
    other = {"keys": "other", "spend": "spend"}
    renamed = {
        name: Grain(
            grain.entities,
            {other.get(t, t): tower for t, tower in grain.tasks.items()},
            grain.given,
        )
        for name, grain in grains.items()
    }
    with pytest.raises(SpecError, match=r"here are a\.b, margin, other, spend"):
        grow(sharing, grains=renamed)


@per_task
def test_the_same_tasks_find_their_parts_by_name(sharing, grow, grains):
    pretrained, model = grow(sharing, adapters=None, grains=grains)
    shared = {id(parameter) for parameter in pretrained.shared_parameters()}
    cut = {n: p for n, p in pretrained.named_parameters() if id(p) in shared and ".by_task." in n}
    assert {name.rpartition(".")[2] for name in cut} == {
        f"of_{t}" for t in ("a%2Eb", "keys", "margin", "spend")
    }
    assert all(torch.equal(model.get_parameter(name), value) for name, value in cut.items())


def test_another_network_is_refused(make_model, fields):
    pretrained = make_model(ModelSpec(sharing=SharedBottomSpec(width=8)))
    with pytest.raises(SpecError, match="has no place"):
        build_warm_started(
            ModelSpec(sharing=MMoESpec(width=8)), pretrained, fields=fields, grains=NEW, scenes=4
        )


@pytest.mark.parametrize("sharing", [MMoESpec(), SharedBottomSpec()], ids=lambda spec: spec.kind)
def test_less_than_a_twentieth_of_a_real_network_is_trained(sharing):
    """A shop of customers and products with histories in windows, some categories and ids."""
    fields = {
        "customers": Fields(numeric=180, specials=8, vocabulary_sizes=(30, 12, 2_000)),
        "products": Fields(numeric=90, specials=8, vocabulary_sizes=(4_000, 60)),
    }
    old = {
        "customers": Grain(
            ("customers",), {t: TowerState("binary", "auc") for t in ("stays", "spends", "opens")}
        ),
        "products": Grain(("products",), {"demand": TowerState("count", "deviance")}),
    }
    pretrained = build_model(ModelSpec(sharing=sharing), fields=fields, grains=old, scenes=10)
    spec = ModelSpec(sharing=sharing, adapters=AdaptersSpec())
    model = build_warm_started(spec, pretrained, fields=fields, grains=NEW, scenes=10)
    trained, parameters = count_trained(model)
    assert parameters > 200_000
    assert trained < 0.05 * parameters
    assert trained == sum(p.numel() for p in model.task_parameters("churn"))


def test_more_rank_is_more_to_train(grow):
    small, large = (
        count_trained(grow(MMoESpec(width=8), adapters=AdaptersSpec(rank=rank))[1])[0]
        for rank in (1, 3)
    )
    assert small < large
