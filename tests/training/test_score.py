import numpy as np
import pytest
import torch

from banian.evaluation import measure
from banian.training.score import score_model


@pytest.fixture
def live_model(model):
    """A model that has left its priors."""
    for task in model.tasks:
        torch.nn.init.normal_(model.tower(task).head.weight)
    return model


def test_metrics_are_those_of_evaluation_on_known_labels(live_model, valid, metrics):
    score = score_model(live_model, valid, metrics)
    assert set(score.metrics) == set(metrics)
    live_model.eval()
    for batch in valid.values():
        assert not batch.mask.all()
        with torch.no_grad():
            values = live_model.values(batch, live_model(batch))
        for at, task in enumerate(batch.tasks):
            known = batch.mask[:, at].numpy()
            truth = batch.label[known, at].double().numpy()
            said = values[task][known, 0].double().numpy()
            expected = measure(metrics[task], truth, said, np.ones(known.sum()))
            assert score.metrics[task] == pytest.approx(expected, rel=1e-6)


def test_the_loss_is_the_mean_over_tasks_of_their_mean_loss(live_model, valid, metrics):
    means = []
    for batch in valid.values():
        loss = live_model.loss(batch, live_model(batch)).detach()
        means += (loss.sum(dim=0) / batch.mask.sum(dim=0)).tolist()
    assert score_model(live_model, valid, metrics).loss == pytest.approx(np.mean(means), rel=1e-6)


def test_the_priors_score_about_one_on_the_rows_they_come_from(model, training, metrics):
    binary = training["orders"]
    assert score_model(model, {"orders": binary}, metrics).loss == pytest.approx(1.0, abs=1e-5)


def test_a_task_without_validation_labels_is_left_out(live_model, valid, metrics):
    customers = valid["customers"]
    mask = customers.mask.clone()
    mask[:, 0] = False
    whole = score_model(live_model, valid, metrics)
    some = score_model(live_model, valid | {"customers": customers.masked(mask)}, metrics)
    assert set(some.metrics) == {"spend", "returned"}
    assert some.metrics["spend"] == whole.metrics["spend"]
    assert some.loss != pytest.approx(whole.loss)


def test_the_score_does_not_depend_on_how_many_rows_are_held_at_once(
    live_model, valid, metrics, monkeypatch
):
    whole = score_model(live_model, valid, metrics)
    sizes = []
    live_model.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    monkeypatch.setattr("banian.training.score._ROWS_AT_ONCE", 7)
    pieces = score_model(live_model, valid, metrics)
    assert max(sizes) == 7
    assert pieces.loss == pytest.approx(whole.loss, rel=1e-6)
    assert pieces.metrics == pytest.approx(whole.metrics, rel=1e-6)


def test_scoring_silences_no_unit_and_leaves_the_model_in_training(live_model, valid, metrics):
    for part in live_model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.5
    live_model.train()
    first = score_model(live_model, valid, metrics)
    assert live_model.training
    second = score_model(live_model, valid, metrics)
    assert (second.losses, second.metrics) == (first.losses, first.metrics)
    assert all(torch.equal(second.values[task], value) for task, value in first.values.items())
    assert all(value.grad is None for value in live_model.parameters())


@pytest.mark.parametrize("absurd", ["label", "level"])
def test_one_mistyped_number_does_not_choose_the_moment(make_batch, make_model, metrics, absurd):
    """The order of two moments by their faults is that of the other rows."""
    batch = make_batch("customers", 80, known=1.0)
    at = batch.tasks.index("spend")
    model = make_model(batch)
    for task in model.tasks:
        torch.nn.init.normal_(model.tower(task).head.weight)
    honest = score_model(model, {"customers": batch}, metrics)
    assert honest.faults["spend"] == honest.metrics["spend"]
    getattr(batch, absurd)[5, at] = 1e8
    spoilt = score_model(model, {"customers": batch}, metrics)
    assert spoilt.faults["spend"] < 1.5 * honest.faults["spend"]
