"""Fits that learn from more than labels: from rows without one, from teachers, from themselves."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from banian.examples import Examples, GrainExamples, Roles, assign_roles
from banian.features import EntityFeatures
from banian.kinds import TowerState
from banian.models import Grain
from banian.selection.single_task import single_out
from banian.spec import IdSplitSpec, parse_spec
from banian.training import (
    NO_RECORDER,
    TrainingPlan,
    add_pseudo_labels,
    refit_network,
    select_network,
)

ROWS, DAY = 160, np.timedelta64(1, "D")
GRAIN = "rows of visits"
SPEC = parse_spec("""
shop: tiny
tables: {visits: {source: visits.csv, time: at, key: id}}
tasks: {buys: {rows: visits, label: bought}, pays: {rows: visits, label: paid}}
split: {valid: 2020-02-01, test: 2020-03-01}
model: {sharing: {kind: shared_bottom, width: 6}, entity_width: 4, private_width: 4, tower_width: 4}
train: {epochs: 1, batch_rows: 16, learning_rate: 0.02, seeds: 1}
""")
GRAINS = {
    GRAIN: Grain(
        ("visits",), {"buys": TowerState("binary", "auc"), "pays": TowerState("amount", "rmse")}
    )
}


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Rows over three months; every third label is never known, the others mature after ten days."""
    generator = np.random.default_rng(0)
    pages = generator.integers(0, 50, ROWS).astype(float)
    label = np.stack([pages > 20, pages * 3], axis=1).astype(float)
    label[::3] = np.nan
    cutoff = np.datetime64("2020-01-01", "us") + (np.arange(ROWS) * 85 // ROWS) * DAY
    columns = {
        "city": generator.choice(["a", "b"], ROWS).tolist(),
        "pages": pages,
        "shares": pages + generator.normal(size=ROWS),
    }
    rows = GrainExamples(
        grain=GRAIN,
        tasks=("buys", "pays"),
        keys=pa.table({"id": list(range(ROWS))}),
        cluster=np.arange(ROWS),
        clusters=pa.array([str(row) for row in range(ROWS)]),
        cutoff=cutoff,
        scene=pa.array(["home"] * ROWS),
        entities={"visits": EntityFeatures(np.ones(ROWS, bool), pa.table(columns))},
        asked=np.ones((ROWS, 2), bool),
        label=label,
        matured_at=np.repeat((cutoff + 10 * DAY)[:, None], 2, axis=1),
        level=np.zeros((ROWS, 2)),
    )
    return Examples({GRAIN: rows})


@pytest.fixture(scope="module")
def roles(examples) -> dict[str, Roles]:
    return {GRAIN: assign_roles(examples.grains[GRAIN], SPEC.split, calibrate=True)}


def plan(**train) -> TrainingPlan:
    return TrainingPlan(
        SPEC.model,
        SPEC.train.model_copy(update=train),
        GRAINS,
        SPEC.split,
        seed=0,
        device=torch.device("cpu"),
        recorder=NO_RECORDER,
    )


def fit(examples, roles, plan):
    selected = select_network(examples, roles, plan)
    return selected, refit_network(examples, roles, plan, selected)


def weights(fitted):
    states = [member.state_dict() for member in fitted[1].members]
    return torch.cat([value.flatten().double() for state in states for value in state.values()])


@pytest.fixture(scope="module")
def plain(examples, roles):
    return fit(examples, roles, plan())


def shown(examples, chosen):
    """Give the chosen rows other features."""
    rows = examples.grains[GRAIN]
    seen = rows.entities["visits"]
    columns = {
        "city": np.where(chosen, "b", seen.columns["city"].to_numpy()),
        "pages": np.where(chosen, 7.0, seen.columns["pages"].to_numpy()),
        "shares": seen.columns["shares"].to_numpy(),
    }
    entities = {"visits": EntityFeatures(seen.present, pa.table(columns))}
    return Examples({GRAIN: replace(rows, entities=entities)})


def unlabelled(examples, roles):
    role = roles[GRAIN]
    used = role.select | role.valid | role.refit | role.calibration | role.test
    early = examples.grains[GRAIN].cutoff < np.datetime64("2020-03-01", "us")
    return early & ~used.any(axis=1)


def test_pretraining_learns_from_rows_without_a_label(examples, roles, plain):
    found = fit(examples, roles, plan(pretrain_epochs=2))
    assert torch.equal(weights(found), weights(fit(examples, roles, plan(pretrain_epochs=2))))
    assert not torch.equal(weights(found), weights(plain))
    free = unlabelled(examples, roles)
    assert free.sum() > 20
    other = shown(examples, free)
    assert not torch.equal(weights(fit(other, roles, plan(pretrain_epochs=2))), weights(found))
    assert torch.equal(weights(fit(other, roles, plan())), weights(plain))


def test_pretraining_sees_no_row_behind_the_cutoff(examples, roles):
    late = examples.grains[GRAIN].cutoff >= np.datetime64("2020-03-01", "us")
    assert late.sum() > 10
    one, other = (
        fit(rows, roles, plan(pretrain_epochs=2)) for rows in (examples, shown(examples, late))
    )
    assert torch.equal(weights(one), weights(other))


def test_pretraining_goes_on_in_a_static_table_without_test_rows(examples):
    split = IdSplitSpec(by="id")
    roles = {GRAIN: assign_roles(examples.grains[GRAIN], split, calibrate=True)}
    setting = replace(plan(pretrain_epochs=1), split=split)
    tested = roles[GRAIN].test.any(axis=1)
    assert tested.any()
    one, other = (fit(rows, roles, setting) for rows in (examples, shown(examples, tested)))
    assert torch.equal(weights(one), weights(other))


def test_a_teacher_is_heard_where_it_speaks_with_or_without_a_label(examples, roles, plain):
    silence = np.full((ROWS, 2), np.nan)
    labelled = roles[GRAIN].refit[:, 0]
    free = np.flatnonzero(unlabelled(examples, roles))[:9]

    def taught(*places):
        targets = silence.copy()
        targets[list(places), 0] = 0.9
        setting = replace(plan(), soft_targets={"refit": {GRAIN: targets}})
        return weights(fit(examples, roles, setting))

    assert torch.equal(taught(), weights(plain))
    assert not torch.equal(taught(*np.flatnonzero(labelled)[:9]), weights(plain))
    assert not torch.equal(taught(*free), weights(plain))


def test_the_words_of_one_phase_are_not_heard_in_the_other(examples, roles, plain):
    targets = {GRAIN: np.where(roles[GRAIN].select, 0.9, np.nan)}
    setting = replace(plan(), soft_targets={"select": targets})
    found = fit(examples, roles, setting)
    assert any(
        (found[0].average(task) != plain[0].average(task)).any() for task in ("buys", "pays")
    )
    with_plain_steps = refit_network(examples, roles, setting, plain[0])
    assert torch.equal(weights((None, with_plain_steps)), weights(plain))


@pytest.fixture(scope="module")
def own_teacher(examples, roles):
    return add_pseudo_labels(examples, roles, plan(pseudo_labels=0.4))


def test_without_a_share_nobody_is_taught():
    setting = plan()
    assert add_pseudo_labels(Examples({}), {}, setting) is setting


def test_a_first_fit_speaks_of_binary_tasks_where_no_label_is_known(examples, roles, own_teacher):
    rows, role = examples.grains[GRAIN], roles[GRAIN]
    for phase, cutoff in (("select", "2020-02-01"), ("refit", "2020-03-01")):
        targets = own_teacher.soft_targets[phase][GRAIN]
        spoken = ~np.isnan(targets)
        known = role.select if phase == "select" else role.refit | role.calibration
        free = (rows.cutoff < np.datetime64(cutoff, "us"))[:, None] & ~known
        assert not spoken[:, 1].any()
        assert not (spoken & ~free).any()
        assert spoken[:, 0].sum() == round(0.4 * free[:, 0].sum()) > 5
        assert ((targets[spoken] > 0) & (targets[spoken] < 1)).all()


def test_what_is_remembered_of_a_phase_is_not_mistaken_for_other_rows(examples, roles, own_teacher):
    memory = {}

    def cached(phase, encode):
        if phase not in memory:
            memory[phase] = encode()
        return memory[phase]

    setting = replace(plan(pseudo_labels=0.4), cached=cached)
    fit(examples, roles, setting)
    taught = add_pseudo_labels(examples, roles, setting)
    for phase, targets in own_teacher.soft_targets.items():
        np.testing.assert_array_equal(taught.soft_targets[phase][GRAIN], targets[GRAIN])


def test_learning_from_oneself_ends_elsewhere(examples, roles, own_teacher, plain):
    assert not torch.equal(weights(fit(examples, roles, own_teacher)), weights(plain))


def test_what_selection_hears_does_not_hang_on_labels_that_it_may_not_see(
    examples, roles, own_teacher
):
    """Labels that matured after the validation cutoff select when to stop, and no more."""
    rows, role = examples.grains[GRAIN], roles[GRAIN]
    late = role.refit & ~role.select & ~role.valid
    label = np.where(late | role.test, 1 - rows.label, rows.label)
    other = Examples({GRAIN: replace(rows, label=label)})
    taught = add_pseudo_labels(other, roles, plan(pseudo_labels=0.4))
    one, again = own_teacher.soft_targets["select"][GRAIN], taught.soft_targets["select"][GRAIN]
    np.testing.assert_array_equal(one, again)


def test_what_other_teachers_say_stands(examples, roles):
    targets = np.full((ROWS, 2), np.nan)
    targets[:, 0] = 0.123
    setting = replace(plan(pseudo_labels=0.4), soft_targets={"refit": {GRAIN: targets}})
    taught = add_pseudo_labels(examples, roles, setting)
    assert (taught.soft_targets["refit"][GRAIN][:, 0] == 0.123).all()
    assert (~np.isnan(taught.soft_targets["select"][GRAIN][:, 0])).any()


def test_a_twin_hears_what_is_said_of_its_task(examples, roles, own_teacher):
    twin = single_out("buys", examples, roles, own_teacher)
    for phase, targets in own_teacher.soft_targets.items():
        np.testing.assert_array_equal(twin.plan.soft_targets[phase][GRAIN], targets[GRAIN][:, :1])
    twin.begin_refit(twin.begin_selecting()())()
