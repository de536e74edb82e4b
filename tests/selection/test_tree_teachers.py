"""Trees say of a row what they learned from the labels of others, and the network listens."""

from dataclasses import replace

import numpy as np
import pytest

from banian.examples import Examples, assign_roles
from banian.selection.candidates import fit_candidates
from banian.selection.tree_teachers import fold_entities, has_tree_teachers, learn_from_trees
from banian.trees import Target
from banian.trees.fit import TreesPlan

GRAIN = "rows of visits"
PLANS = {
    task: TreesPlan(Target(kind, metric), {"verbosity": -1}, 5, 0.0, np.zeros((0, 1)))
    for task, kind, metric in (("buys", "binary", "auc"), ("pays", "count", "deviance"))
}


@pytest.fixture(scope="module")
def teach(make_plan):
    def teach(rows, plans=PLANS, targets=None):
        plan = make_plan()
        start = plan if targets is None else replace(plan, soft_targets=targets)
        roles = {GRAIN: assign_roles(rows, plan.split, calibrate=True)}
        taught = learn_from_trees(Examples({GRAIN: rows}), roles, start, plans)
        return {phase: said[GRAIN] for phase, said in taught.soft_targets.items()}

    return teach


@pytest.fixture(scope="module")
def said(rows, teach):
    return teach(rows)


def with_labels(rows, chosen):
    """Turn the labels of the chosen rows into others."""
    other = np.stack([1 - rows.label[:, 0], rows.label[:, 1] + 500], axis=1)
    return replace(rows, label=np.where(chosen[:, None], other, rows.label))


def test_they_speak_of_rows_that_train_and_of_no_others(roles, said):
    for phase, targets in said.items():
        assert (~np.isnan(targets) == getattr(roles[GRAIN], phase)).all()


def test_they_have_learned(rows, said):
    targets = said["refit"]
    known = ~np.isnan(targets[:, 0])
    high = rows.label[known, 0] == 1
    assert targets[known, 0][high].min() > targets[known, 0][~high].max()
    assert np.corrcoef(targets[known, 1], rows.label[known, 1])[0, 1] > 0.9


@pytest.mark.parametrize("phase", ["select", "refit"])
def test_what_they_say_of_an_entity_does_not_depend_on_its_labels(rows, said, teach, phase):
    before = said[phase]
    some = rows.cluster < 20
    after = teach(with_labels(rows, some))[phase]
    for fold in range(4):
        in_fold = fold_entities(rows, seed=0) == fold
        changed = with_labels(rows, some & in_fold)
        np.testing.assert_array_equal(teach(changed)[phase][in_fold], before[in_fold])
    assert (after != before)[~np.isnan(before)].any()


def test_selection_hears_nothing_of_labels_that_mature_later(rows, roles, said, teach):
    select = roles[GRAIN].select.any(axis=1)
    changed = teach(with_labels(rows, ~select))
    np.testing.assert_array_equal(changed["select"], said["select"])
    assert (changed["refit"] != said["refit"])[select].any()


def test_rows_of_one_entity_lie_in_one_fold(rows):
    folds = fold_entities(rows, seed=3)
    assert {0, 1, 2, 3} == set(folds)
    for entity in np.unique(rows.cluster):
        assert len(np.unique(folds[rows.cluster == entity])) == 1


def test_other_teachers_are_heard_where_trees_are_silent(rows, roles, teach):
    targets = {phase: {GRAIN: np.full(rows.label.shape, 0.25)} for phase in ("select", "refit")}
    found = teach(rows, targets=targets)["select"]
    select = roles[GRAIN].select
    assert (found[~select] == 0.25).all()
    assert (found[select] != 0.25).any()


@pytest.mark.parametrize("kind", ["amount", "quantile", "ordinal"])
def test_of_tasks_that_are_not_taught_and_of_three_entities_they_say_nothing(rows, teach, kind):
    other = replace(PLANS["pays"], target=Target(kind, "mae"))
    assert np.isnan(teach(rows, {"pays": other})["refit"]).all()
    few = replace(rows, cluster=np.arange(len(rows)) % 3)
    assert np.isnan(teach(few)["refit"]).all()


@pytest.mark.parametrize(
    ("teacher", "serve_with", "expected"),
    [
        ("auto", ("joint",), False),
        ("auto", ("joint", "trees"), True),
        ("trees", ("joint",), True),
        ("none", ("joint", "trees"), False),
    ],
)
def test_who_teaches(make_plan, teacher, serve_with, expected):
    assert has_tree_teachers(make_plan(teacher=teacher), serve_with) == expected


def test_a_network_that_listens_says_something_else(examples, roles, make_plan):
    found = {
        teacher: fit_candidates(examples, roles, make_plan(teacher=teacher), ("joint",))
        for teacher in ("none", "trees")
    }
    assert not found["none"].trees
    assert found["trees"].trees.keys() == {"buys", "pays"}
    for task in PLANS:
        assert (found["none"].joint.average(task) != found["trees"].joint.average(task)).any()
