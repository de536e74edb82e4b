"""How long to train, selected on several time blocks."""

from dataclasses import replace

import numpy as np
import pytest

from banian.errors import LabelError, SpecError
from banian.examples import Examples, assign_roles
from banian.selection.candidates import fit_candidates
from banian.selection.time_blocks import cut_blocks, merge_schedules
from banian.spec import IdSplitSpec
from banian.training import Schedule

GRAIN = "rows of visits"
LONG = {"epochs": 4, "batch_rows": 16, "learning_rate": 0.02}


def test_each_block_ends_where_the_next_begins(examples, roles, rows, make_plan):
    newest, earlier = cut_blocks(examples, roles, make_plan(folds=2))
    assert newest.roles is roles
    begin, end = np.datetime64("2020-01-03", "us"), np.datetime64("2020-02-01", "us")
    ends = rows.matured_at[:, 0]
    valid = (rows.cutoff >= begin) & (rows.cutoff < end) & (ends <= end)
    np.testing.assert_array_equal(earlier.roles[GRAIN].valid[:, 0], valid)
    assert valid.any()
    assert not (earlier.roles[GRAIN].valid & roles[GRAIN].valid).any()


def test_a_block_knows_nothing_of_what_came_after_it(examples, roles, rows, make_plan):
    for block in cut_blocks(examples, roles, make_plan(folds=2)):
        role, split = block.roles[GRAIN], block.plan.split
        matured, asked = rows.matured_at, rows.cutoff[:, None]
        assert (matured[role.select] <= np.datetime64(split.valid, "us")).all()
        assert (matured[role.valid] <= np.datetime64(split.test, "us")).all()
        assert (np.broadcast_to(asked, role.valid.shape)[role.valid] >= split.valid).all()


def test_folds_change_how_long_is_trained_and_not_what_is_judged(rows, make_plan):
    noisy = rows.label + np.random.default_rng(1).poisson(9, rows.label.shape) * [0, 1]
    older = replace(rows, label=noisy)
    examples = Examples({GRAIN: older})
    roles = {GRAIN: assign_roles(older, make_plan().split, calibrate=True)}
    one, three = (
        fit_candidates(examples, roles, make_plan(folds=folds, **LONG), ("joint", "twin"))
        for folds in (1, 3)
    )
    for task in ("buys", "pays"):
        np.testing.assert_array_equal(one.joint.average(task), three.joint.average(task))
    assert one.joint.schedules != three.joint.schedules
    assert one.joint.schedules[0].planned == three.joint.schedules[0].planned
    assert one.twins["pays"].schedules != three.twins["pays"].schedules


def test_a_split_by_id_has_no_time_blocks(examples, roles, make_plan):
    plan = replace(make_plan(folds=2), split=IdSplitSpec(by="id"))
    with pytest.raises(SpecError, match="by id"):
        cut_blocks(examples, roles, plan)


def test_a_shop_that_has_not_existed_for_so_long_is_told_how_many_folds_it_has(
    examples, roles, make_plan
):
    with pytest.raises(LabelError, match="block 5 of 9") as error:
        cut_blocks(examples, roles, make_plan(folds=9))
    assert "at most 4" in str(error.value)


def test_the_middle_of_all_best_steps_is_taken():
    blocks = [
        Schedule(60, {"buys": (10, 20, 30), "pays": (6,)}, batch_rows=16),
        Schedule(30, {"buys": (1, 20, 25)}, batch_rows=16),
    ]
    merged = merge_schedules([*blocks, Schedule(60, {"buys": (24, 26, 28)}, batch_rows=16)])
    # of 2, 10, 20, 24, 26, 28, 30, 40, 50
    assert merged == Schedule(60, {"buys": (24, 26, 28), "pays": (6,)}, batch_rows=16)
