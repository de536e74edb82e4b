from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from banian.errors import LabelError
from banian.examples import Examples, GrainExamples, LabelFacts, Reach, Roles, count_labels
from banian.spec import IdSplitSpec, TimeSplitSpec

FACTS = {"buys": LabelFacts("binary", needs="both yes and no"), "pays": LabelFacts("amount")}
SPLIT = TimeSplitSpec(valid="2019-06-01", test="2020-01-01")
NAMES = ("select", "valid", "refit", "calibration", "test")


@pytest.fixture
def examples() -> Examples:
    """Twelve rows; `pays` is known in the even ones."""
    buys, pays = np.arange(12) % 3 == 0, np.arange(12.0)
    label = np.stack([buys, np.where(np.arange(12) % 2 == 0, pays, np.nan)], axis=1)
    asked = np.ones((12, 2), bool)
    asked[11] = False
    rows = GrainExamples(
        grain="customers",
        tasks=("buys", "pays"),
        keys=pa.table({"id": list(range(12))}),
        cluster=np.arange(12),
        clusters=pa.array([str(at) for at in range(12)]),
        cutoff=np.full(12, np.datetime64("2020-01-01", "us")),
        scene=pa.nulls(12, pa.string()),
        entities={},
        asked=asked,
        label=label.astype(float),
        matured_at=np.full((12, 2), np.datetime64("2020-01-02", "us")),
        level=np.zeros((12, 2)),
    )
    return Examples({"customers": rows})


@pytest.fixture
def roles(examples) -> Roles:
    """Rows 0–5 select, 6–7 validate, of these 7 calibrates, 8–11 judge."""
    known = examples.grains["customers"].mask

    def of(*chosen: int) -> np.ndarray:
        return np.isin(np.arange(12), chosen)[:, None] & known

    return Roles(
        select=of(*range(6)),
        valid=of(6, 7),
        refit=of(*range(7)),
        calibration=of(7),
        test=of(*range(8, 12)),
    )


def count(examples, roles, facts=FACTS, split=SPLIT):
    return count_labels(examples, {"customers": roles}, facts, split)


def without(roles, task, *names):
    """Take all labels of a task from these roles."""
    mask = np.ones(2, bool)
    mask[task] = False
    return replace(roles, **{name: getattr(roles, name) & mask for name in names})


def test_labels_are_counted_task_by_task_and_role_by_role(examples, roles):
    found = count(examples, roles)
    assert list(found) == ["buys", "pays"]
    assert [getattr(found["buys"], name) for name in NAMES] == [6, 2, 7, 1, 4]
    assert [getattr(found["pays"], name) for name in NAMES] == [3, 1, 4, 0, 2]
    assert found["buys"].asked == 11
    assert (found["buys"].kind, found["buys"].grain) == ("binary", "customers")


def test_the_mean_is_that_of_the_labels_that_train_the_model_that_is_kept(examples, roles):
    found = count(examples, roles)
    assert found["buys"].mean == pytest.approx(3 / 7)
    assert found["pays"].mean == (0 + 2 + 4 + 6) / 4


@pytest.mark.parametrize("role", ["select", "refit"])
@pytest.mark.parametrize("task", ["buys", "pays"])
def test_a_task_without_labels_to_learn_from_is_refused(examples, roles, role, task):
    with pytest.raises(LabelError, match=f"tasks.{task}: no label matured") as caught:
        count(examples, without(roles, list(FACTS).index(task), role))
    assert "split.valid" in caught.value.remedy


@pytest.mark.parametrize("role", ["select", "refit"])
@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_a_yes_or_no_with_one_class_to_learn_from_is_refused(examples, roles, role, answer):
    rows = examples.grains["customers"]
    of_answer = (rows.label == answer) | [[False, True]]
    one_class = replace(roles, **{role: getattr(roles, role) & of_answer})
    labels = int(getattr(one_class, role)[:, 0].sum())
    problem = f"tasks.buys: all {labels} training labels are {answer:g}: one class only."
    with pytest.raises(LabelError, match=problem) as caught:
        count(examples, one_class)
    assert caught.value.remedy.endswith("a task needs both yes and no.")


def test_an_amount_that_is_always_the_same_is_not_refused(examples, roles):
    rows = examples.grains["customers"]
    same = replace(rows, label=np.where(np.isnan(rows.label), np.nan, [[1.0, 5.0]] * rows.label**0))
    facts = {task: LabelFacts("amount") for task in FACTS}
    assert count(Examples({"customers": same}), roles, facts)["pays"].mean == 5.0


def test_where_a_mean_says_nothing_there_is_none(examples, roles):
    facts = FACTS | {"pays": LabelFacts("multiclass", coded="class", has_mean=False)}
    assert count(examples, roles, facts)["pays"].mean is None


def test_one_task_with_validation_labels_is_enough(examples, roles):
    assert count(examples, without(roles, 1, "valid"))["pays"].valid == 0


def test_no_validation_label_at_all_is_refused(examples, roles):
    with pytest.raises(LabelError, match="between the validation and the test cutoff") as caught:
        count(examples, replace(roles, valid=np.zeros((12, 2), bool)))
    assert caught.value.remedy == "Move split.valid and split.test further apart."


def test_a_task_that_cannot_be_calibrated_is_not_refused(examples, roles):
    assert count(examples, without(roles, 0, "calibration"))["buys"].calibration == 0


@pytest.mark.parametrize("task", ["buys", "pays"])
def test_a_task_that_cannot_be_judged_is_refused_with_the_newest_label_it_has(
    examples, roles, task
):
    unjudged = without(roles, list(FACTS).index(task), "test")
    with pytest.raises(LabelError) as caught:
        count(examples, unjudged)
    asking = {"buys": 11, "pays": 11}[task]
    assert caught.value.problem == (
        f"tasks.{task}: of {asking} rows that ask from the test cutoff 2020-01-01 on, not one has a known label."
    )
    assert caught.value.remedy.startswith("Write split.test: 2020-01-01 or earlier")
    later = TimeSplitSpec(valid="2019-06-01", test="2020-01-01T00:00:01")
    with pytest.raises(LabelError, match="not one row asks from the test cutoff"):
        count(examples, unjudged, split=later)


def test_a_share_without_a_label_is_refused_too(examples, roles):
    with pytest.raises(LabelError, match="none of its 12 labels falls into the share"):
        count(examples, without(roles, 0, "test"), split=IdSplitSpec(by="id", test=0.1))


def test_how_far_labels_are_known_is_said(examples, roles):
    until = datetime(2020, 2, 1)
    reach = Reach(("orders", "returns"), until, until - timedelta(days=7))
    found = count(replace(examples, reach={"buys": reach}), roles)
    assert (found["buys"].reach, found["pays"].reach) == ("2020-02-01T00:00:00", None)
    with pytest.raises(LabelError, match="reads orders and returns, complete up to 2020-02-01"):
        count(replace(examples, reach={"buys": reach}), without(roles, 0, "test"))
