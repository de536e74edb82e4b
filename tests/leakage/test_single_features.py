import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from banian.leakage import FeatureScore
from banian.leakage.binary_target import BinaryTarget
from banian.leakage.feature_codes import encode_feature
from banian.leakage.feature_score import score_feature
from banian.leakage.ranked_target import RankedTarget
from banian.leakage.single_features import TaskLabels, sample_rows, score_columns
from banian.leakage.target import AbstractTarget

MANY = 2_000


def score(
    column: object, label: np.ndarray, *, is_binary: bool = True, cluster: np.ndarray | None = None
) -> FeatureScore:
    question = TaskLabels(is_binary, label.astype(np.float64), np.ones(len(label), bool))
    cluster = np.arange(len(label)) if cluster is None else cluster
    ((found,),) = score_columns([pa.array(column, from_pandas=True)], [question], cluster)
    assert found is not None
    return found


def coins(rows: int = MANY, seed: int = 0, chance: float = 0.3) -> np.ndarray:
    return np.random.default_rng(seed).random(rows) < chance


values = st.lists(st.sampled_from([-2.0, 0.0, 0.5, 1.0, 7.0, None]), min_size=4, max_size=40)


def by_order(rows: AbstractTarget, column: list[float | None]) -> float:
    order = next(encode_feature(pa.array(column, pa.float64())))
    return score_feature(rows, [order], np.zeros(len(column), np.int64)).value


@settings(max_examples=60, deadline=None)
@given(values, st.integers(0, 2**32 - 1))
def test_the_order_scores_as_the_best_roc_of_scikit_learn(column, seed):
    label = np.random.default_rng(seed).permutation(np.arange(len(column)) % 2).astype(float)
    filled = [np.array([gap if v is None else v for v in column]) for gap in (-99.0, 99.0)]
    whole = [roc_auc_score(label, sign * one) for one in filled for sign in (1, -1)]
    known = np.array([value is not None for value in column])
    inside = [0.0]
    if len(set(label[known])) == 2:
        area = roc_auc_score(label[known], filled[0][known])
        inside = [one for one in (area, 1 - area) if one >= 0.97]
    expect(by_order(BinaryTarget(label, np.arange(len(label))), column), whole, inside)


@settings(max_examples=60, deadline=None)
@given(values, st.integers(0, 2**32 - 1))
def test_the_order_scores_as_the_rank_correlation_of_pandas(column, seed):
    label = pd.Series(np.random.default_rng(seed).integers(0, 5, len(column)).astype(float))
    label[0], label[1] = 0.0, 1.0
    gaps = pd.Series(column, dtype=float)
    whole = [correlation(gaps.fillna(gap), label) for gap in (-99.0, 99.0)]
    inside = correlation(gaps.dropna(), label[gaps.notna()])
    rows = RankedTarget.of(label.to_numpy(), np.arange(len(label)))
    expect(by_order(rows, column), whole, [inside] if inside >= 0.97 else [])


def expect(found: float, whole: list[float], inside: list[float]) -> None:
    """Where it is known it may say more: then that counts, if it is nearly all and surer."""
    assert any(found == pytest.approx(one, abs=1e-9) for one in (max(whole), *inside))


def correlation(one: pd.Series, other: pd.Series) -> float:
    if one.nunique() < 2 or other.nunique() < 2:
        return 0.0
    return abs(one.rank().corr(other.rank()))


IDS = {
    "a prefix": lambda label, at: f"{'R' if label else 'K'}{at:06d}",
    "a suffix": lambda label, at: f"{at:06d}-{'x' if label else 'y'}",
    "even or odd": lambda label, at: f"o{2 * at + label:06d}",
    "an even or odd number": lambda label, at: float(2 * at + label),
    "a block of numbers": lambda label, at: f"o{at + (500_000 if label else 0)}",
    "a number that falls": lambda label, at: -float(at + (500_000 if label else 0)),
    "its length": lambda label, at: "x" * (1 + at % 90) + ("y" * 90 if label else ""),
}


@pytest.mark.parametrize("name", IDS)
def test_an_id_that_encodes_the_label_is_seen(name):
    label = coins()
    found = score([IDS[name](bool(one), at) for at, one in enumerate(label)], label)
    assert found.value > 0.999
    assert found.interval[0] > 0.98


@pytest.mark.parametrize("make", [str, float, "c{:05d}".format])
def test_an_id_with_a_row_of_its_own_says_nothing(make):
    found = score([make(at) for at in np.random.default_rng(1).permutation(MANY)], coins())
    assert found.value < 0.56


def test_an_id_says_nothing_to_other_folds_when_it_names_the_cluster():
    cluster = np.repeat(np.arange(400), 5)
    label = coins(400)[cluster]
    names = np.random.default_rng(2).permutation(400)
    found = score([f"c{names[one]}" for one in cluster], label, cluster=cluster)
    assert found.value < 0.6


@pytest.mark.parametrize("column", [[3.0] * MANY, [None] * MANY, ["a"] * MANY])
def test_a_constant_or_empty_feature_says_nothing(column):
    column = pa.array(column, pa.float64() if column[0] is None else None)
    for is_binary, nothing in ((True, 0.5), (False, 0.0)):
        found = score(column, coins(), is_binary=is_binary)
        assert found.value == pytest.approx(nothing, abs=0.03)
        assert found.pure == 0.0


def test_one_class_or_one_row_has_no_score():
    column = [pa.array([1.0, 2.0, 3.0])]
    used = np.array([True, False, False])
    one_class, one_row = (
        TaskLabels(True, np.ones(3), ~used),
        TaskLabels(True, np.arange(3) % 2.0, used),
    )
    assert score_columns(column, [one_class, one_row], np.arange(3)) == [[None, None]]


def test_rows_that_may_not_be_looked_at_do_not_count():
    label = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    used = np.array([True] * 4 + [False] * 2)
    column = pa.array([1.0, 2.0, 3.0, 4.0, 9.0, 9.0])
    ((found,),) = score_columns([column], [TaskLabels(True, label, used)], np.arange(6))
    assert found is not None
    assert found.value == 1.0


@pytest.mark.parametrize("rows", [12, 40, 80])
def test_a_small_table_does_not_cry_wolf(rows):
    random = np.random.default_rng(rows)
    label = np.arange(rows) % 4 == 0
    columns = [pa.array(random.normal(size=rows)) for _ in range(150)]
    columns.append(pa.array(label.astype(float)))  # the label itself: too few to be sure
    question = TaskLabels(True, label.astype(float), np.ones(rows, bool))
    number = TaskLabels(False, random.integers(0, 4, rows).astype(float), np.ones(rows, bool))
    scores = score_columns(columns, [question, number], np.arange(rows))
    assert max(score.interval[0] for row in scores for score in row if score) < 0.95
    assert all(score.pure == 0 for row in scores for score in row if score)


def test_many_rows_of_few_entities_are_few():
    cluster = np.repeat(np.arange(10), 200)
    label = coins(10, chance=0.5)[cluster]
    assert score(label.astype(float), label, cluster=cluster).interval[0] < 0.9
    within = coins()  # follows the label within the entities, too: that is no name of an entity
    assert score(within.astype(float), within, cluster=cluster).interval[0] > 0.98


def test_a_copy_that_is_known_of_some_rows_only_is_seen():
    random = np.random.default_rng(3)
    known = random.random(MANY) < 0.3
    label = coins()
    found = score(np.where(known, label, np.nan), label)
    assert found.way == "order where it is known"
    assert found.value == 1.0
    amount = random.lognormal(size=MANY)
    found = score(np.where(known, 3 * amount + 2, np.nan), amount, is_binary=False)
    assert found.value == pytest.approx(1.0)
    assert found.interval[0] > 0.999


def test_a_mark_of_those_who_spend_is_seen_in_an_amount():
    spend = np.where(coins(), np.random.default_rng(4).lognormal(size=MANY), 0.0)
    found = score(["bought" if one else "left" for one in spend], spend, is_binary=False)
    assert (found.measure, found.value) == ("auc", 1.0)


def test_a_value_that_only_positives_have_is_seen():
    label = coins(chance=0.1)
    part = label & coins(seed=5, chance=0.5)
    found = score(np.where(part, "refunded", "open"), label)
    assert found.pure == pytest.approx(part.sum() / label.sum())
    assert score(np.where(part, 0.5, np.random.default_rng(6).random(MANY) * 99), label).pure > 0.4


def test_the_interval_covers_the_truth():
    # Normal scores one apart have an area of Φ(1/√2) = 0.7602. Rows of one entity are copies of each other.
    inside = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        entity = random.random(60) < 0.5
        column = random.normal(size=60) + entity
        cluster = np.repeat(np.arange(60), 5)
        label = entity[cluster].astype(float)
        rows = BinaryTarget(label, cluster)
        order = next(encode_feature(pa.array(column[cluster])))
        lower, upper = score_feature(rows, [order], cluster * 0).interval
        inside += lower <= 0.7602 <= upper
    assert inside >= 186


def test_large_tables_are_sampled_by_entity():
    cluster = np.repeat(np.arange(20_000), 2)
    used = np.ones(40_000, bool)
    chosen = sample_rows(used, cluster)
    assert len(chosen) == 30_000
    assert (np.diff(chosen) > 0).all()
    assert len(np.unique(cluster[chosen])) == 15_000
    assert np.array_equal(chosen, sample_rows(used, cluster))


def test_neither_order_of_rows_nor_scale_changes_a_score():
    label, random = coins(), np.random.default_rng(7)
    column = np.round(random.normal(size=MANY) + label, 1)
    cluster = np.arange(MANY)
    shuffled = random.permutation(MANY)
    one = score(column, label, cluster=cluster)
    other = score(-3 * column[shuffled] + 1, label[shuffled], cluster=cluster[shuffled])
    assert other.value == pytest.approx(one.value)
    assert other.interval == pytest.approx(one.interval)


def test_how_a_sentence_is_spelled_is_no_code_and_what_is_said_again_is():
    label = coins()
    said = [f"{'please' if yes else 'about'} order {row}" for row, yes in enumerate(label)]
    question = TaskLabels(True, label.astype(np.float64), np.ones(MANY, bool))
    as_ids, as_text = (
        score_columns([pa.array(said)], [question], np.arange(MANY), sentences)[0][0]
        for sentences in ((), (0,))
    )
    assert as_ids.value == 1.0
    assert as_text.value < 0.56
    again = [("refunded" if yes else "kept") for yes in label]
    ((repeated,),) = score_columns([pa.array(again)], [question], np.arange(MANY), (0,))
    assert repeated.value == 1.0
