import torch

from banian.batches import NumberPart
from banian.spec import FieldsSpec, ModelSpec, TrainSpec
from banian.training.pretraining import _Guessing, pretrain

SPEC = TrainSpec(batch_rows=32, learning_rate=0.02, pretrain_epochs=8)


def weights(model):
    return {name: value.detach().clone() for name, value in model.named_parameters()}


def changed(before, model):
    return {
        name for name, value in model.named_parameters() if not torch.equal(value, before[name])
    }


def test_encoders_learn_to_guess_and_nothing_else_moves(model, fields, training):
    before = weights(model)
    pretrain(model, fields, training, SPEC, seed=0)
    moved = changed(before, model)
    assert all(name.startswith(("entities.", "private.")) for name in moved)
    for place in ("entities", "private.of_customers", "private.of_orders"):
        assert f"{place}.encoders.of_customers.mlp.layers.0.weight" in moved


def test_what_is_hidden_can_be_guessed_from_what_is_left(make_model, fields, training):
    """In the blocks of these tests all numbers of a row follow from one."""
    for grain in training.values():
        for block in grain.blocks.values():
            values = block.part(NumberPart).values
            values[:] = values[:, :1]

    def guessing(epochs):
        model = make_model(*training.values())
        torch.manual_seed(1)
        pretrain(
            model, fields, training, SPEC.model_copy(update={"pretrain_epochs": epochs}), seed=0
        )
        torch.manual_seed(2)
        task, generator = _Guessing(model, fields), torch.Generator().manual_seed(5)
        optimizer = torch.optim.Adam(task.guessers.parameters(), lr=0.05)
        for _ in range(40):  # guessers are not kept: new ones learn from the encoders as they are
            optimizer.zero_grad()
            loss = task(training["customers"], generator)
            loss.backward()
            optimizer.step()
        return loss.item()

    assert guessing(15) < guessing(0)


def test_tables_with_sparse_gradients_learn_too(make_model, fields, training):
    spec = ModelSpec(fields=FieldsSpec(sparse_rows=1))
    model = make_model(*training.values(), spec=spec)
    before = weights(model)
    pretrain(model, fields, training, SPEC, seed=0)
    assert "entities.tables.tables.width_8_sparse.weight" in changed(before, model)


def test_the_private_encoder_of_a_grain_that_is_not_there_stays(model, fields, training):
    before = weights(model)
    pretrain(model, fields, {"orders": training["orders"]}, SPEC, seed=0)
    moved = changed(before, model)
    assert any(name.startswith("private.of_orders") for name in moved)
    assert not any(name.startswith("private.of_customers") for name in moved)


def test_labels_are_not_looked_at(make_model, fields, training):
    ended = []
    for batches in (
        training,
        {g: b.masked(torch.zeros_like(b.mask)) for g, b in training.items()},
    ):
        model = make_model(*training.values())
        torch.manual_seed(0)
        pretrain(model, fields, batches, SPEC, seed=0)
        ended.append(weights(model))
    assert all(torch.equal(ended[0][name], ended[1][name]) for name in ended[0])


def test_without_rows_nothing_happens(model, fields):
    before, state = weights(model), torch.get_rng_state()
    pretrain(model, fields, {}, SPEC, seed=0)
    assert not changed(before, model)
    assert torch.equal(torch.get_rng_state(), state)


def test_what_is_frozen_stays(model, fields, training):
    for parameter in model.entities.parameters():
        parameter.requires_grad_(False)
    before = weights(model)
    pretrain(model, fields, training, SPEC, seed=0)
    assert all(name.startswith("private.") for name in changed(before, model))


def test_entities_without_fields_are_passed_over(model, fields, training):
    none = type(fields["orders"])(0, 0, ())
    pretrain(model, fields | {"orders": none}, training, SPEC, seed=0)
    before = weights(model)
    pretrain(model, dict.fromkeys(fields, none), training, SPEC, seed=0)
    assert not changed(before, model)
