from dataclasses import fields, replace

import numpy as np
import pytest

from banian.examples import Roles
from banian.selection.budget import choose_course, list_courses, quick_course
from banian.selection.costs import Costs, measure_costs
from banian.spec import parse_spec
from banian.training import Pace

SPEC = parse_spec("""
shop: tiny
tables: {visits: {source: visits.csv, time: at, key: id}}
tasks: {buys: {rows: visits, label: bought}, pays: {rows: visits, label: paid}}
split: {valid: 2020-02-01, test: 2020-03-01}
train: {folds: 2}
""")
COSTS = Costs(Pace(step=0.1, score=1.0, steps_per_epoch=100, planned=1200), twins=2, trees=50.0)


def seconds(course, jobs=1):
    return COSTS.seconds(course.train, course.serve_with, jobs=jobs)


def test_each_course_is_cheaper_than_the_one_before():
    courses = [*list_courses(SPEC, COSTS)]
    took = [seconds(course) for course in courses]
    assert took == sorted(took, reverse=True)
    assert len(set(took)) == len(took)
    assert (courses[0].train, courses[0].left_out) == (SPEC.train, {})
    last = courses[-1]
    assert (last.train.seeds, last.train.epochs, last.serve_with) == (1, 1, ("joint",))
    assert list(last.left_out) == ["twins", "folds", "seeds", "trees", "epochs"]
    assert last.left_out["seeds"] == "2 of 3 networks of different seeds"
    assert last.left_out["epochs"] == "11 of 12 epochs"


def test_as_much_is_left_as_time_allows():
    courses = [*list_courses(SPEC, COSTS)]
    for course in courses:
        assert choose_course(SPEC, COSTS, seconds=seconds(course), jobs=1) == course
    assert choose_course(SPEC, COSTS, seconds=0.0, jobs=1) == courses[-1]


def test_more_cores_leave_out_less():
    three = [*list_courses(SPEC, COSTS)][3]
    assert seconds(three, jobs=2) < seconds(three)
    chosen = choose_course(SPEC, COSTS, seconds=seconds(three), jobs=4)
    assert len(chosen.left_out) < len(three.left_out)


def test_the_seconds_of_one_network_are_those_of_its_steps_scores_and_refit():
    train = SPEC.train.model_copy(update={"seeds": 1, "folds": 1, "epochs": 10})
    # 1,000 steps of .1 s, scored for .4 of that, and eight tenths of the steps once more
    assert COSTS.seconds(train, ("joint",), jobs=1) == pytest.approx(100 + 40 + 80)
    dear = replace(COSTS, network=replace(COSTS.network, score=9.0))
    assert dear.seconds(train, ("joint",), jobs=1) == pytest.approx(100 + 90 + 80)


def test_a_spec_that_asks_for_little_has_little_to_leave_out():
    tree = {"train": {"seeds": 1, "epochs": 1, "teacher": "none"}, "serve_with": "joint"}
    little = SPEC.model_copy(
        update={
            "train": SPEC.train.model_copy(update=tree["train"] | {"folds": 1}),
            "serve_with": ("joint",),
        }
    )
    costs = replace(COSTS, network=replace(COSTS.network, planned=100))
    assert [course.left_out for course in list_courses(little, costs)] == [{}]


def roles_of(rows):
    label = np.ones((rows, 2), bool)
    return {"visits": Roles(**{each.name: label for each in fields(Roles)})}


@pytest.mark.parametrize(("rows", "epochs"), [(1_000, 50), (20_000, 3), (1_000_000, 2)])
def test_a_first_look_is_one_network_of_some_hundred_steps(rows, epochs):
    course = quick_course(SPEC, roles_of(rows), most=50_000)
    assert (course.train.seeds, course.train.folds) == (1, 1)
    assert (course.train.epochs, course.serve_with) == (epochs, ("joint",))
    assert [*course.left_out] == ["rows", "twins", "folds", "seeds", "trees", "epochs"]


def test_a_first_look_leaves_out_no_epoch_where_the_spec_declares_few():
    few = SPEC.model_copy(update={"train": SPEC.train.model_copy(update={"epochs": 1})})
    course = quick_course(few, roles_of(50_000), most=50_000)
    assert course.train.epochs == 1
    assert "epochs" not in course.left_out


def test_costs_are_measured_on_a_few_steps_and_rounds(examples, roles, make_plan):
    plan = make_plan(epochs=3)
    costs = measure_costs(examples, roles, plan, ("joint", "twin", "trees"))
    assert costs.network.step > 0
    assert costs.network.score > 0
    assert costs.network.planned == 3 * costs.network.steps_per_epoch
    assert costs.twins == 2
    assert costs.trees > 0
    assert measure_costs(examples, roles, plan, ("joint",)).trees == 0
