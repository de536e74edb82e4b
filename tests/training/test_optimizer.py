import copy
import math
from itertools import pairwise

import pytest
import torch

from banian.batches import CategoryPart
from banian.models.encoders import EmbeddingTables, TableField
from banian.spec import (
    CrossStitchSpec,
    FieldsSpec,
    ModelSpec,
    PeriodicNumbersSpec,
    PLESpec,
    SharedBottomSpec,
    TrainSpec,
)
from banian.training.optimizer import Optimizers

SPEC = TrainSpec(learning_rate=0.1, weight_decay=0.5)
MODEL = ModelSpec(
    sharing=SharedBottomSpec(width=8), entity_width=6, private_width=4, tower_width=6, dropout=0
)
SPARSE = MODEL.model_copy(update={"fields": FieldsSpec(sparse_rows=1)})
TABLES = ("entities.tables.tables.", "private.of_customers.tables.tables.")


@pytest.fixture
def sparse_model(make_model, training):
    """A model whose tables all have sparse gradients."""
    return make_model(*training.values(), spec=SPARSE)


def test_matrices_decay_and_embeddings_and_biases_do_not(model):
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    Optimizers(model, SPEC, steps=1).step()
    shrunk = {name for name, value in model.named_parameters() if (value < 1).all()}
    kept = {name for name, value in model.named_parameters() if (value == 1).all()}
    assert shrunk | kept == {name for name, _ in model.named_parameters()}
    additive = {"bias", "absent"}
    assert {name for name in kept if additive.isdisjoint(name.split("."))} == {
        name
        for name, _ in model.named_parameters()
        if name.endswith(("width_8.weight", "table.weight", "special.weight"))
    }
    assert all(additive.isdisjoint(name.split(".")) for name in shrunk)
    by_shape = {name: model.get_parameter(name).ndim for name in shrunk}
    assert by_shape["sharing.experts.second.weight.value"] == 3
    assert by_shape["entities.fields.of_orders.parts.encoders.number.weight"] == 3
    assert by_shape["towers.of_spend.head.weight"] == 2


@pytest.mark.parametrize("sharing", [CrossStitchSpec(members=3), PLESpec(members=2)])
def test_scales_of_members_and_stitches_do_not_decay(sharing, make_model):
    model = make_model(spec=ModelSpec(sharing=sharing))
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    Optimizers(model, SPEC, steps=1).step()
    shrinking = {id(value) for value in model.parameters() if (value < 1).all()}
    spared = {"scale", "scale_in", "scale_out", "stitch", "bias"}
    inside = [
        (name.split("."), id(parameter) in shrinking)
        for name, parameter in model.named_parameters()
        if name.startswith(("sharing.", "spread."))
    ]
    assert {path[0] for path, _ in inside} == {"sharing", "spread"}
    assert all(decays == spared.isdisjoint(path) for path, decays in inside)
    assert {decays for _, decays in inside} == {True, False}


def rates(model, steps: int, taken: int) -> list[float]:
    optimizers = Optimizers(model, SPEC, steps)
    found = []
    for _ in range(taken):
        found.append(optimizers.param_groups[0]["lr"])
        optimizers.step()
    return found


def test_the_step_size_rises_to_its_peak_and_falls_to_a_twentieth(model):
    found = rates(model, 100, 100)
    assert found[:5] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.1])
    assert max(found) == pytest.approx(0.1)
    assert all(one > other for one, other in pairwise(found[5:]))
    assert found[-1] == pytest.approx(0.005, rel=0.02)


def test_then_it_falls_from_its_peak_again_over_cycles_twice_as_long(model):
    def cosine(done: float) -> float:
        return 0.005 + 0.095 * (1 + math.cos(math.pi * done)) / 2

    found = rates(model, 40, 290)
    assert found[40:120] == pytest.approx([cosine(step / 80) for step in range(80)])
    assert found[120:280] == pytest.approx([cosine(step / 160) for step in range(160)])
    assert found[280] == pytest.approx(0.1)


def test_half_way_down_the_cosine_the_step_size_is_the_mean_of_both_ends(model):
    found = rates(model, 45, 25)  # two steps rise
    assert found[2 + 21] > (0.1 + 0.005) / 2 > found[2 + 22]


@pytest.mark.parametrize("steps", [1, 2, 19])
def test_the_shortest_schedules_start_at_the_peak(model, steps):
    assert rates(model, steps, 2) == pytest.approx([0.1, 0.1])


def step(model, optimizers, batch):
    optimizers.zero_grad()
    model.loss(batch, model(batch)).sum().backward()
    optimizers.step()


def weights(model) -> dict[str, torch.Tensor]:
    return {
        name: value.detach().clone()
        for name, value in model.named_parameters()
        if name.startswith(TABLES)
    }


def seen(model) -> dict[str, torch.Tensor]:
    """Which rows of each table have a gradient."""
    found = {}
    for name, value in model.named_parameters():
        if name.startswith(TABLES):
            gradient = value.grad.to_dense() if value.grad.is_sparse else value.grad
            found[name] = gradient.any(dim=1)
    return found


def shake(model):
    """Take the towers away from their priors, where nothing below them has a gradient."""
    torch.manual_seed(1)
    for task in model.tasks:
        torch.nn.init.normal_(model.tower(task).head.weight)


@pytest.mark.parametrize("kind", ["adam", "adagrad"])
def test_rows_that_a_step_did_not_look_up_do_not_change_by_a_bit(kind, sparse_model, make_batch):
    shake(sparse_model)
    optimizers = Optimizers(sparse_model, TrainSpec(learning_rate=0.1, sparse=kind), steps=9)
    batch = make_batch("customers", 40)
    step(sparse_model, optimizers, batch)  # now all have moments
    few = batch.rows(
        (batch.blocks["customers"].part(CategoryPart).codes[:, 0] != 3).nonzero()[:, 0]
    )
    before = weights(sparse_model)
    step(sparse_model, optimizers, few)
    learned = seen(sparse_model)
    for name, value in weights(sparse_model).items():
        changed = (value != before[name]).any(dim=1)
        assert learned[name].any()
        assert changed[learned[name]].all()
        assert not changed[3]


def test_lazy_adam_is_adam_on_rows_that_every_step_looks_up():
    """With all codes in every batch, laziness makes no difference."""
    field, target = TableField("items", "brand", place=0, size=6, width=4), torch.linspace(-2, 2, 4)
    found = []
    for sparse_rows in (99, 1):
        torch.manual_seed(0)
        tables = EmbeddingTables((field,), sparse_rows=sparse_rows).double()
        optimizers = Optimizers(tables, TrainSpec(learning_rate=0.01), steps=9)
        for _ in range(5):
            optimizers.zero_grad()
            vectors = tables({"items": torch.tensor([[0, 1, 2, 3, 4, 5, 5]]).T})["items"]
            (vectors - target).square().sum().backward()
            optimizers.step()
        found.append([table.weight.detach() for table in tables.tables.values()])
    (dense,), (sparse,) = found
    torch.testing.assert_close(sparse, dense, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", ["adam", "adagrad"])
def test_thawed_optimisers_go_on_as_the_frozen_ones_would(kind, sparse_model, make_batch):
    shake(sparse_model)
    spec, batch = TrainSpec(learning_rate=0.1, sparse=kind), make_batch("customers", 40)
    optimizers = Optimizers(sparse_model, spec, steps=9)
    for _ in range(3):
        step(sparse_model, optimizers, batch)
    frozen = {name: value.clone() for name, value in optimizers.freeze().items()}
    at = {name: value.clone() for name, value in sparse_model.state_dict().items()}
    step(sparse_model, optimizers, batch)
    expected = weights(sparse_model)
    sparse_model.load_state_dict(at)
    again = Optimizers(sparse_model, spec, steps=9, done=3)
    again.thaw(frozen)
    step(sparse_model, again, batch)
    assert all(torch.equal(value, expected[name]) for name, value in weights(sparse_model).items())
    assert any(name.startswith("sparse/") for name in frozen)


@pytest.mark.parametrize(("kind", "sparse_rows"), [("adam", 1), ("adagrad", 1), ("adam", 99)])
def test_after_a_table_grew_old_rows_move_as_they_would_have_and_new_ones_from_rest(
    kind, sparse_rows
):
    spec, target = TrainSpec(learning_rate=0.1, sparse=kind), torch.linspace(-1, 1, 4)
    field = TableField("items", "id", place=0, size=6, width=4, ids_of="items")

    def move(tables, optimizers, codes):
        optimizers.zero_grad()
        found = tables({"items": torch.tensor(codes).unsqueeze(1)})["items"]
        (found - target).square().sum().backward()
        optimizers.step()

    tables = EmbeddingTables((field,), sparse_rows=sparse_rows)
    optimizers = Optimizers(tables, spec, steps=20)
    for codes in ([2, 3, 1], [3, 5], [2, 1]):
        move(tables, optimizers, codes)
    grown = copy.deepcopy(tables)
    grown.grow({"items": 8}, {})
    again = Optimizers(grown, spec, steps=20, done=3)
    again.thaw({name: value.clone() for name, value in optimizers.freeze().items()})
    for codes in ([3, 2], [5, 5, 1]):
        move(tables, optimizers, codes)
        move(grown, again, codes)
    old, new = (each.tables["ids_of_items"].weight.detach().clone() for each in (tables, grown))
    assert torch.equal(new[:6], old)
    move(grown, again, [7])
    after = grown.tables["ids_of_items"].weight.detach()
    assert (after[7] != new[7]).all()
    assert torch.equal(after[6], new[6])


@pytest.mark.parametrize(("kind", "sparse_rows"), [("adam", 1), ("adagrad", 1), ("adam", 99)])
def test_rows_that_are_forgotten_move_from_rest_and_others_as_before(kind, sparse_rows):
    spec = TrainSpec(learning_rate=0.1, sparse=kind)
    field = TableField("items", "id", place=0, size=5, width=4, ids_of="items")

    def move(tables, optimizers):
        optimizers.zero_grad()
        tables({"items": torch.tensor([[2], [3]])})["items"].sum().backward()
        optimizers.step()

    found = []
    for changed in ([], [3]):
        tables = EmbeddingTables((field,), sparse_rows=sparse_rows)
        optimizers = Optimizers(tables, spec, steps=20)
        for _ in range(3):
            move(tables, optimizers)
        optimizers.forget_rows(tables.grow({}, {"items": changed}))
        moments = {name: value for name, value in optimizers.freeze().items() if value.ndim}
        assert len(moments) == (1 if kind == "adagrad" else 2)
        assert all(moment[3].any() != bool(changed) for moment in moments.values())
        assert all(moment[2].any() for moment in moments.values())
        move(tables, optimizers)
        found.append(tables.tables["ids_of_items"].weight.detach())
    assert torch.equal(found[0][2], found[1][2])
    assert (found[0][3] != found[1][3]).all()


def test_frequencies_and_positions_do_not_decay(make_model, training):
    spec = MODEL.model_copy(update={"numbers": PeriodicNumbersSpec(frequencies=3)})
    model = make_model(*training.values(), spec=spec)
    model.register_parameter("positions", torch.nn.Parameter(torch.ones(3, 4)))
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    Optimizers(model, SPEC, steps=1).step()
    kept = {name for name, value in model.named_parameters() if (value == 1).all()}
    assert "positions" in kept
    assert "entities.fields.of_orders.parts.encoders.number.frequencies" in kept
    assert "entities.fields.of_orders.parts.encoders.number.weight" not in kept
