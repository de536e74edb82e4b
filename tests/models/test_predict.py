import numpy as np
import pytest
import torch

from banian.models import freeze, predict_values


@pytest.fixture
def live_float_model(live_model):
    return live_model.float().train()


@pytest.mark.parametrize("rows_at_once", [1, 7, 16, 100])
def test_predictions_do_not_depend_on_the_batching(rows_at_once, live_float_model, make_batch):
    batch = make_batch("shop.lines", 123)
    frozen = freeze(live_float_model)
    whole = predict_values(frozen, batch)
    pieces = predict_values(frozen, batch, rows_at_once=rows_at_once)
    assert list(whole) == list(batch.tasks)
    for task, one in whole.items():
        assert one.shape == (123, 3 if task == "a.b" else 1)  # a count has ends
        assert one.dtype == np.float64
        assert len(np.unique(one[:, 0])) > 50
        np.testing.assert_allclose(pieces[task], one, rtol=1e-6, atol=1e-9)


def test_many_rows_are_asked_in_whole_groups_and_few_as_they_are(live_model, make_batch):
    sizes = []
    frozen = freeze(live_model)
    frozen.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    predict_values(frozen, make_batch("customers", 1))
    predict_values(frozen, make_batch("customers", 37), rows_at_once=32)
    assert sizes == [1, 32, 16]


def test_predictions_are_those_of_the_model_in_float64(live_model, make_batch):
    batch = make_batch("customers", 23)
    with torch.no_grad():
        live_model.tower("spend").head.bias.sub_(1.0)  # so that some fall below the floor
    values = predict_values(freeze(live_model), batch)
    with torch.no_grad():
        expected = live_model.values(batch, live_model(batch))
    for task, value in values.items():
        np.testing.assert_allclose(value[:, :1], expected[task], rtol=1e-5, atol=1e-6)
    assert values["spend"].min() == 0  # the floor


@pytest.mark.parametrize("grain", ["customers", "shop.lines"])
def test_predictions_are_those_of_the_pass_that_is_differentiated(grain, live_model, make_batch):
    batch, frozen = make_batch(grain, 64), freeze(live_model)
    values = predict_values(frozen, batch)
    with torch.enable_grad():
        logits = frozen(batch.to(torch.device("cpu")))
    expected = frozen.values(batch, {task: told.detach().double() for task, told in logits.items()})
    for task, value in values.items():
        size = expected[task].abs().max().item()
        np.testing.assert_allclose(value[:, :1], expected[task], rtol=1e-6, atol=1e-6 * size)


def test_chosen_tasks_are_predicted_as_if_all_were(live_float_model, make_batch):
    batch, frozen = make_batch("shop.lines", 64), freeze(live_float_model)
    whole = predict_values(frozen, batch)
    for task in batch.tasks:
        (found,) = predict_values(frozen, batch, tasks=[task]).items()
        assert found[0] == task
        np.testing.assert_array_equal(found[1], whole[task])


def test_a_model_that_is_frozen_stays_as_it_was(live_float_model):
    before = {name: value.clone() for name, value in live_float_model.state_dict().items()}
    frozen = freeze(live_float_model)
    assert not frozen.training
    assert live_float_model.training
    for name, value in live_float_model.state_dict().items():
        assert value.dtype == before[name].dtype
        assert torch.equal(value, before[name])
        assert frozen.state_dict()[name].dtype == before[name].dtype  # priors are float64


def test_a_frozen_model_is_a_float32_copy_without_gradients(live_model):
    for parameter in live_model.parameters():
        parameter.grad = torch.ones_like(parameter)
    frozen = freeze(live_model)
    assert {parameter.dtype for parameter in frozen.parameters()} == {torch.float32}
    assert all(parameter.grad is None for parameter in frozen.parameters())
    assert all(parameter.grad is not None for parameter in live_model.parameters())


def test_no_rows_have_no_predictions(live_model, make_batch):
    values = predict_values(freeze(live_model), make_batch("shop.lines", 0))
    assert {task: value.shape for task, value in values.items()} == {
        "a.b": (0, 3),
        "margin": (0, 1),
    }


def test_ends_follow_the_value_of_numbers_whose_distribution_is_predicted(live_model, make_batch):
    batch = make_batch("shop.lines", 23)
    values = predict_values(freeze(live_model), batch)["a.b"]
    with torch.no_grad():
        ends = live_model.intervals(batch, live_model(batch), 0.9)
    assert list(ends) == ["a.b"]
    np.testing.assert_array_equal(values[:, 1:], ends["a.b"])
    assert (values[:, 1] <= values[:, 2]).all()
