"""One set of weights for all tasks: averaged, trained further, and chosen by paired differences."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from banian.bundle import Bundle, SetComparison
from banian.evaluation import auc
from banian.inference import predict_chosen
from banian.selection.one_set import answer_by, average_sets, choose_set, compare, distil
from banian.training import NO_RECORDER, refit_network, select_network


@pytest.fixture(scope="module")
def bundle(examples, roles, make_plan) -> Bundle:
    plan = make_plan(seeds=2, epochs=2)
    network = refit_network(examples, roles, plan, select_network(examples, roles, plan))
    spec = _spec_of(plan)
    return Bundle(spec=spec, types={}, joint=network, calibrations={}, card={})


def _spec_of(plan):
    from banian.spec import parse_spec

    return parse_spec("""
shop: tiny
tables: {visits: {source: visits.csv, time: at, key: id}}
tasks: {buys: {rows: visits, label: bought}, pays: {rows: visits, label: paid}}
split: {valid: 2020-02-01, test: 2020-03-01}
""").model_copy(update={"model": plan.model, "train": plan.train})


def test_the_mean_of_a_seed_has_a_task_as_much_as_another(bundle):
    network = replace(bundle.joint, answering={"buys": (0, 1), "pays": (1, 0)})
    places = network.answering
    for seed, model in enumerate(average_sets(network)):
        members = [dict(network.members[places[task][seed]].named_parameters()) for task in places]
        for name, parameter in model.named_parameters():
            mean = sum(one[name] for one in members) / len(members)
            torch.testing.assert_close(parameter, mean, rtol=0, atol=1e-7)
    assert len(average_sets(network)) == 2


def test_a_mean_of_one_set_is_that_set_and_answers_as_it_does(bundle, rows):
    alone = replace(bundle.joint, answering={"buys": (0,), "pays": (0,)})
    (model,) = average_sets(alone)
    one = answer_by(bundle, model)
    index = np.arange(40)
    expected = predict_chosen(replace(bundle, joint=alone), rows, index, rows.tasks)
    for task, values in predict_chosen(one, rows, index, rows.tasks).items():
        assert np.array_equal(values, expected[task])
    assert set(one.predictors.values()) == {("joint",)}


def test_one_set_is_held_against_the_bundle_on_the_rows_that_judge_alone(bundle, examples, roles):
    (grain,) = roles
    rows, judging = examples.grains[grain], {grain: roles[grain].calibration}
    one = answer_by(bundle, average_sets(bundle.joint)[1])
    found = compare(bundle, {"same": bundle, "one": one}, examples, judging, seed=0)
    known = judging[grain][:, 0]
    for name, other in {"fitted": bundle, "one_set": one}.items():
        said = predict_chosen(other, rows, np.flatnonzero(known), ("buys",))["buys"][:, 0]
        expected = auc(rows.label[known, 0], said, np.ones(known.sum()))
        assert getattr(found["one"]["buys"], name) == pytest.approx(expected)
    same = found["same"]["pays"]
    assert (same.gain, same.lower, same.upper, same.rows) == (0, 0, 0, known.sum())


def test_what_is_trained_further_leaves_its_start_and_the_bundle_as_they_were(
    bundle, examples, roles
):
    start = average_sets(bundle.joint)[0]
    before = {name: value.clone() for name, value in start.state_dict().items()}
    students = [
        distil(bundle, start, examples, roles, passes=2, seed=0, recorder=NO_RECORDER)
        for _ in range(2)
    ]
    for name, value in start.state_dict().items():
        assert torch.equal(value, before[name])
    moved = [
        name
        for name, value in students[0].state_dict().items()
        if not torch.equal(value, before[name])
    ]
    assert moved
    for name, value in students[0].state_dict().items():
        assert torch.equal(value, students[1].state_dict()[name])  # the same seed, the same weights


def gains(*pairs: tuple[float, bool]) -> dict[str, SetComparison]:
    return {
        str(at): SetComparison("auc", 1.0, 1.0 + gain, gain, -1.0, -0.1 if is_worse else 1.0, 9)
        for at, (gain, is_worse) in enumerate(pairs)
    }


def test_fewest_worse_tasks_decide_then_the_mean_loss():
    assert choose_set({"a": gains((0.5, True)), "b": gains((-0.1, False))}) == "b"
    assert choose_set({"a": gains((0.1, False)), "b": gains((0.2, False))}) == "b"
    assert choose_set({"a": gains((0.1, False)), "b": gains((0.1, False))}) == "a"
