"""What every kind of task must say of itself, and that what it says holds."""

import dataclasses
from typing import get_args

import hypothesis.extra.numpy as hnp
import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kind_cases import (
    ARM,
    ARMS,
    CASES,
    CODE,
    EVERYTHING,
    LISTED,
    NAMES,
    ROWS,
    answer_of,
    each,
    known_of,
    read,
    task_of,
)

from banian.errors import LabelError
from banian.evaluation import higher_is_better, measure, top_tenth
from banian.kinds import Judged, build_kind, infer_kind
from banian.kinds.numbers import AbstractNumber
from banian.predictions import ANSWERS, Bounds, read_calibration
from banian.spec import METRICS, QUESTIONS, TOWERS, Kind
from banian.trees import Target


def test_every_declared_name_has_a_case_here_and_its_choices_in_the_spec():
    names = set(get_args(Kind))
    assert set(CASES) == set(METRICS) == set(TOWERS) == names
    assert names >= set(QUESTIONS)


@each
def test_a_name_builds_a_final_value_without_state_from_the_file_of_that_name(name):
    kind = build_kind(name)
    assert kind.name == name
    assert kind == build_kind(name)
    assert type(kind).__module__ == f"banian.kinds.{name}"
    assert type(kind).__final__
    assert not dataclasses.fields(kind)
    assert kind.__doc__
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind.adds_up = True


@each
def test_its_towers_are_among_those_that_the_spec_lets_one_name(name):
    kind = build_kind(name)
    assert kind.tower_for(0) is None
    assert kind.tower_for(10**6) in (None, *TOWERS[name])


@each
def test_it_takes_its_own_labels(name):
    kind, case = known_of(name)
    form = {} if "number" in kind.forms else {"classes": pa.array(NAMES), "listed": True}
    assert infer_kind("t", task_of(name, "n"), case.label, **form) == name
    assert kind.takes(case.label)


@each
def test_numbers_that_it_cannot_mean_are_refused_by_its_name_and_with_what_to_write(name):
    for label in CASES[name].refused:
        with pytest.raises(LabelError) as caught:
            infer_kind("t", task_of(name), np.array(label, float))
        assert name in caught.value.problem or name == "ranking"
        assert caught.value.remedy


@settings(max_examples=30)
@given(st.data())
@each
def test_a_number_is_a_label_where_it_is_taken_and_else_an_error(name, data):
    kind = build_kind(name)
    numbers = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0, 3.0, 1e9])
    label = data.draw(hnp.arrays(float, st.integers(1, 6), elements=numbers))
    if "number" in kind.forms and kind.takes(label):
        assert infer_kind("t", task_of(name), label) == name
        return
    with pytest.raises(LabelError) as caught:
        infer_kind("t", task_of(name), label)
    assert caught.value.remedy


@each
def test_texts_and_lists_are_refused_by_its_name_where_it_does_not_take_them(name):
    kind, codes = build_kind(name), np.array([0.0, 1.0, 1.0])
    for form, more in (("text", {}), ("list", {"listed": True})):
        label = {"text": "FIRST(e.s SAME who, 0, 1d)", "list": LISTED}[form]
        asked = {"classes": pa.array(NAMES), **more}
        if form in kind.forms:
            assert infer_kind("t", task_of(name, label), codes, **asked) == name
            continue
        with pytest.raises(
            LabelError, match=f"a label that is a {form} is .*, not {name}"
        ) as caught:
            infer_kind("t", task_of(name, label), codes, **asked)
        assert caught.value.remedy


@each
def test_one_feature_alone_is_asked_about_numbers_or_about_yes_and_no(name):
    kind, case = known_of(name)
    label = np.where(CODE == 2, np.nan, case.label)
    used = ~np.isnan(label)
    is_truth, asked = kind.labels.simplify(label, used)
    assert (np.isnan(asked) == ~used).all()
    assert not is_truth or set(asked[used]) <= {0.0, 1.0}
    again, _ = kind.labels.simplify(label, np.zeros(ROWS, bool))
    assert isinstance(again, bool)


@each
def test_grades_are_values_that_labels_have_in_their_order(name):
    kind, case = known_of(name)
    assert kind.grades(case.label) == case.tower.grades


@each
def test_by_every_metric_the_truth_is_better_than_its_mean_on_the_side_that_is_said_to_be(name):
    kind, case = known_of(name)
    assert kind.default_metric == METRICS[name][0]
    good = read(name, answer_of(name, case.outputs))
    mean = np.broadcast_to(case.outputs.mean(axis=0), case.outputs.shape)
    poor = read(name, answer_of(name, mean))
    for metric in METRICS[name]:
        best, worst = (
            measure(metric, *one.readings[metric], np.ones(ROWS)) for one in (good, poor)
        )
        assert (best > worst) if higher_is_better(metric) else (best < worst), metric


@each
def test_what_is_believed_is_all_where_bounds_are_wide_and_lies_within_them_else(name):
    kind, case = known_of(name)
    answer = answer_of(name, case.outputs)
    for metric, (label, said) in read(name, answer, EVERYTHING).readings.items():
        plain = read(name, answer).readings[metric]
        np.testing.assert_array_equal(label, plain[0])
        np.testing.assert_array_equal(said, plain[1])
    spoilt = np.append(case.label, 1e12)
    more = answer_of(name, np.concatenate([case.outputs, case.outputs[:1]]))
    _, label = kind.believe(case.tower, more, spoilt, Bounds(lowest=-100.0, highest=100.0))
    is_number = isinstance(kind, AbstractNumber) or name == "uplift"
    np.testing.assert_array_equal(label, np.append(case.label, 100.0 if is_number else 1e12))


@each
def test_how_probable_the_truth_was_said_to_be_is_a_probability_where_it_is_said(name):
    kind, case = known_of(name)
    label = np.where(CODE == 2, np.nan, case.label)
    said = kind.likelihood(label, answer_of(name, case.outputs))
    assert np.isnan(said[CODE == 2]).all()
    known = said[CODE != 2]
    assert np.isnan(known).all() or ((known > 0.9) & (known <= 1)).all()


@each
def test_its_objective_grows_trees_on_ten_rows_or_it_says_that_trees_cannot_learn_it(name):
    kind, case = known_of(name)
    classes = len(case.tower.grades) or len(case.tower.classes) + 1
    target = Target(
        name,
        kind.default_metric,
        classes=classes,
        grades=case.tower.grades,
        quantile=case.tower.quantile,
    )
    if kind.tree_objective(kind.default_metric) is None:
        with pytest.raises(ValueError, match=f"cannot learn a {name} task"):
            _ = target.objective
        return
    level = np.zeros(10)
    settings = {"objective": target.objective, "verbosity": -1, "num_threads": 1, "seed": 0}
    settings |= {"min_data_in_leaf": 1, "min_data_in_bin": 1}
    if target.objective == "multiclass":
        settings["num_class"] = classes
    if target.quantile is not None:
        settings["alpha"] = target.quantile
    label = target.label(case.label[:10], level)
    rows = lgb.Dataset(case.label[:10, None], label, params={"verbosity": -1})
    booster = lgb.train(settings, rows, num_boost_round=20)
    score = np.asarray(booster.predict(case.label[:10, None], raw_score=True))
    value = target.to_values(score.reshape(10, -1), level)
    learned = kind.plain_calibration(case.tower).apply(value, level).value
    assert np.isfinite(value).all()
    assert len(np.unique(learned.round(6))) > 1
    np.testing.assert_allclose(value.shape[1], case.outputs.shape[1])


@each
def test_its_calibrations_come_back_from_plain_values(name):
    kind, case = known_of(name)
    level = np.ones(ROWS)
    fitted = kind.fit_calibration(case.tower, case.outputs, case.label, level, np.arange(ROWS))
    for calibration in (fitted, kind.plain_calibration(case.tower)):
        again = read_calibration(calibration.to_dict())
        assert again == calibration
        found = again.apply(case.outputs, level)
        assert np.isfinite(found.value).all()


@each
def test_its_predictions_print_as_a_number_or_as_names_with_the_best_first(name):
    kind, case = known_of(name)
    answer = answer_of(name, case.outputs)
    assert len(answer.value) == ROWS
    if answer.weights is None:
        return
    named = kind.name_choices(case.tower, answer.weights)
    if named is None:
        assert case.tower.grades
        return
    for at, one in enumerate(named.to_pylist()):
        values = [choice["value"] for choice in one]
        assert values == sorted(values, reverse=True)
        assert values[0] == answer.value[at]
        assert {choice["name"] for choice in one} <= set(case.tower.classes)


@each
def test_the_mean_of_its_labels_prints_with_a_name_and_a_unit(name):
    kind = build_kind(name)
    assert kind.mean_name
    said = kind.print_mean(0.25, "orders.price")
    assert said.startswith("25.0 %" if kind.is_probability else "0.25")
    assert said.endswith("in training" if kind.is_probability else "in training (orders.price)")


def judged_of(name: Kind, score: dict) -> Judged:
    case, task = CASES[name], task_of(name, LISTED if name == "ranking" else "n")
    value = answer_of(name, case.outputs).value
    truth = pa.array([[ARMS[arm]] for arm in ARM])
    rows = {"label": case.label, "value": value, "choice": ["mail"] * ROWS, ANSWERS: truth}
    tenth = top_tenth(case.label, value) if build_kind(name).has_top_tenth else None
    return Judged(task, score, pa.table(rows), "e.n", tenth)


@each
def test_its_score_reads_as_sentences(name):
    outcome = read(name, answer_of(name, CASES[name].outputs))
    metrics = {m: measure(m, *outcome.readings[m], np.ones(ROWS)) for m in METRICS[name]}
    metrics |= {"hit_rate": 1.0, "precision": 0.5, "recall": 0.5, "mae": 0.5, "accuracy": 1.0}
    score = {"kind": name, "metrics": metrics, "constants": metrics, "positives": 20, "rows": ROWS}
    said = list(build_kind(name).explain(judged_of(name, score)))
    assert said
    assert all(one.endswith(".") and "None" not in one for one in said)


@each
def test_a_score_of_which_little_is_known_breaks_nothing(name):
    judged = judged_of(name, {"kind": name, "metrics": {}, "positives": None, "rows": ROWS})
    bare = dataclasses.replace(judged, tenth=None, rows=judged.rows.drop([ANSWERS]))
    assert list(build_kind(name).explain(bare)) == []


@each
def test_its_confidence_is_a_truth_and_a_probability_where_it_has_any(name):
    truth = pa.array([["mail"]] * ROWS)
    rows = judged_of(name, {}).rows.set_column(3, ANSWERS, truth)
    held = build_kind(name).confidence(rows)
    assert (held is None) == (name not in ("binary", "multiclass"))
    if held is not None:
        came_true, said = held
        assert set(came_true) <= {0.0, 1.0}
        assert ((said >= 0) & (said <= 1)).all()
