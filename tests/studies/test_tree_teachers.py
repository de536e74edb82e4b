"""Trees say of a row what they learned from the labels of others, and the network listens."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from banian.examples import EntityFeatures, Examples, GrainExamples, assign_roles
from banian.models import Grain, TowerSpec
from banian.spec import parse_spec
from banian.studies.lineup import select_lineup
from banian.studies.tree_teachers import fold_entities, has_tree_teachers, learn_from_trees
from banian.training import NO_RECORDER, Course
from banian.trees import Target, TreesPlan

ROWS, DAY, GRAIN = 400, np.timedelta64(1, "D"), "rows of visits"
SPEC = parse_spec("""
shop: tiny
tables: {visits: {source: visits.csv, time: at, key: id}}
tasks: {buys: {rows: visits, label: bought}, pays: {rows: visits, label: paid}}
split: {valid: 2020-02-01, test: 2020-03-01}
model: {sharing: {kind: shared_bottom, width: 6}, entity_width: 4, private_width: 4, tower_width: 4}
train: {epochs: 1, batch_rows: 64, seeds: 1}
""")
TOWERS = {"buys": TowerSpec("binary", "auc"), "pays": TowerSpec("amount", "rmse")}
PLANS = {
    task: TreesPlan(Target(tower.kind, tower.metric), {"verbosity": -1}, 5, 0.0, np.zeros((0, 1)))
    for task, tower in TOWERS.items()
}


@pytest.fixture(scope="module")
def rows() -> GrainExamples:
    """Two rows per visitor, over three months."""
    generator = np.random.default_rng(0)
    pages = generator.integers(0, 50, ROWS).astype(float)
    cutoff = np.datetime64("2020-01-01", "us") + (np.arange(ROWS) * 85 // ROWS) * DAY
    return GrainExamples(
        grain=GRAIN,
        tasks=("buys", "pays"),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=generator.permutation(np.arange(ROWS) // 2),
        clusters=pa.array([str(row) for row in range(ROWS // 2)]),
        cutoff=cutoff,
        scene=pa.array(["home"] * ROWS),
        entities={"visits": EntityFeatures(np.ones(ROWS, bool), pa.table({"pages": pages}))},
        asked=np.ones((ROWS, 2), bool),
        label=np.stack([pages > 20, pages * 3], axis=1).astype(float),
        matured_at=np.repeat((cutoff + 10 * DAY)[:, None], 2, axis=1),
        level=np.zeros((ROWS, 2)),
    )


def roles_of(rows):
    return {GRAIN: assign_roles(rows, SPEC.split, calibrate=True)}


def course(**train) -> Course:
    return Course(
        SPEC.model,
        SPEC.train.model_copy(update=train),
        {GRAIN: Grain(("visits",), TOWERS)},
        SPEC.split,
        seed=0,
        device=torch.device("cpu"),
        recorder=NO_RECORDER,
    )


def teach(rows, plans=PLANS, start=None):
    taught = learn_from_trees(
        Examples({GRAIN: rows}, None), roles_of(rows), start or course(), plans
    )
    return {phase: words[GRAIN] for phase, words in taught.teachers.items()}


@pytest.fixture(scope="module")
def said(rows):
    return teach(rows)


def with_labels(rows, chosen):
    """Turn the labels of the chosen rows into others."""
    other = np.stack([1 - rows.label[:, 0], rows.label[:, 1] + 500], axis=1)
    return replace(rows, label=np.where(chosen[:, None], other, rows.label))


def test_they_speak_of_rows_that_train_and_of_no_others(rows, said):
    roles = roles_of(rows)[GRAIN]
    for phase, words in said.items():
        assert (~np.isnan(words) == getattr(roles, phase)).all()


def test_they_have_learned(rows, said):
    words = said["refit"]
    known = ~np.isnan(words[:, 0])
    high = rows.label[known, 0] == 1
    assert words[known, 0][high].min() > words[known, 0][~high].max()
    assert np.corrcoef(words[known, 1], rows.label[known, 1])[0, 1] > 0.9


@pytest.mark.parametrize("phase", ["select", "refit"])
def test_what_they_say_of_an_entity_does_not_depend_on_its_labels(rows, said, phase):
    before = said[phase]
    some = rows.cluster < 20
    after = teach(with_labels(rows, some))[phase]
    for fold in range(4):
        in_fold = fold_entities(rows, seed=0) == fold
        changed = with_labels(rows, some & in_fold)
        np.testing.assert_array_equal(teach(changed)[phase][in_fold], before[in_fold])
    assert (after != before)[~np.isnan(before)].any()


def test_selection_hears_nothing_of_labels_that_mature_later(rows, said):
    select = roles_of(rows)[GRAIN].select.any(axis=1)
    changed = teach(with_labels(rows, ~select))
    np.testing.assert_array_equal(changed["select"], said["select"])
    assert (changed["refit"] != said["refit"])[select].any()


def test_rows_of_one_entity_lie_in_one_fold(rows):
    folds = fold_entities(rows, seed=3)
    assert {0, 1, 2, 3} == set(folds)
    for entity in np.unique(rows.cluster):
        assert len(np.unique(folds[rows.cluster == entity])) == 1


def test_other_teachers_are_heard_where_trees_are_silent(rows):
    words = {phase: {GRAIN: np.full((ROWS, 2), 0.25)} for phase in ("select", "refit")}
    found = teach(rows, start=replace(course(), teachers=words))["select"]
    select = roles_of(rows)[GRAIN].select
    assert (found[~select] == 0.25).all()
    assert (found[select] != 0.25).any()


def test_of_tasks_whose_label_is_no_number_and_of_three_entities_they_say_nothing(rows):
    quantile = replace(PLANS["pays"], target=Target("quantile", "pinball", quantile=0.9))
    assert np.isnan(teach(rows, {"pays": quantile})["refit"]).all()
    few = replace(rows, cluster=np.arange(ROWS) % 3)
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
def test_who_teaches(teacher, serve_with, expected):
    assert has_tree_teachers(course(teacher=teacher), serve_with) == expected


def test_a_network_that_listens_says_something_else(rows):
    examples = Examples({GRAIN: rows}, None)
    found = {
        teacher: select_lineup(examples, roles_of(rows), course(teacher=teacher), ("joint",))
        for teacher in ("none", "trees")
    }
    assert not found["none"].trees
    assert found["trees"].trees.keys() == {"buys", "pays"}
    for task in TOWERS:
        assert (found["none"].joint.values[task] != found["trees"].joint.values[task]).any()
