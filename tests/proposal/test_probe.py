"""The probe finds what is there, finds nothing where nothing is, and never learns from what had not matured."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from banian.examples import GrainExamples
from banian.features import EntityFeatures
from banian.proposal import build_design, find_duplicates, probe, probe_items
from banian.proposal.probe import split_folds


def rows_of(
    label: np.ndarray, feature: np.ndarray, cutoff: np.ndarray, cluster: np.ndarray
) -> GrainExamples:
    size = len(label)
    at = np.datetime64("2025-01-01", "us") + cutoff.astype("timedelta64[D]")
    return GrainExamples(
        grain="customers",
        tasks=("task",),
        keys=pa.table({"id": cluster}),
        cluster=cluster,
        clusters=pa.array([str(one) for one in range(cluster.max() + 1)]),
        cutoff=at,
        scene=pa.nulls(size, pa.string()),
        entities={"customers": EntityFeatures(np.ones(size, bool), pa.table({"x": feature}))},
        asked=np.ones((size, 1), bool),
        label=label.astype(np.float64)[:, None],
        matured_at=(at + np.timedelta64(30, "D"))[:, None],
        level=np.zeros((size, 1)),
    )


def drawn(seed: int = 0) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random, np.repeat(np.arange(4) * 30, 300), np.tile(np.arange(300), 4)


@pytest.mark.parametrize("kind", ["binary", "count", "amount", "multiclass"])
def test_a_signal_is_found_and_noise_is_not(kind):
    random, cutoff, cluster = drawn()
    x = random.normal(size=1200)
    label = x + random.normal(size=1200)
    label = label > 0 if kind in ("binary", "multiclass") else np.exp(2 + label).round()
    for feature, is_telling in ((x, True), (random.permutation(x), False)):
        rows = rows_of(label, feature, cutoff, cluster)
        found = probe(rows, 0, kind, build_design(rows))
        assert found is not None
        assert (found.interval[0] > 0.05) == is_telling
        assert found.interval[0] < found.skill < found.interval[1]
        assert is_telling or found.skill < 0.1


def test_auc_is_that_of_the_feature():
    random, cutoff, cluster = drawn(1)
    x = random.normal(size=1200)
    label = x + random.normal(size=1200) > 0
    rows = rows_of(label, x, cutoff, cluster)
    found = probe(rows, 0, "binary", build_design(rows))
    later = cutoff > 0
    higher = x[later & label][:, None] > x[later & ~label][None, :]
    assert found.value == pytest.approx(higher.mean(), abs=0.005)
    assert found.rows == later.sum()
    assert found.skill == pytest.approx(2 * found.value - 1)


def test_a_row_trains_only_when_its_label_had_matured():
    _, cutoff, cluster = drawn()
    rows = rows_of(cutoff, cutoff.astype(float), cutoff, cluster)
    folds = list(split_folds(rows, 0))
    assert len(folds) == 3
    for trains, tested in folds:
        assert rows.matured_at[trains, 0].max() <= rows.cutoff[tested].min()
    late = replace(rows, matured_at=rows.matured_at + np.timedelta64(1, "D"))
    assert [trains.sum() for trains, _ in split_folds(late, 0)] == [0, 300, 600]


def test_without_time_entities_are_not_split():
    _, cutoff, cluster = drawn()
    rows = rows_of(cutoff, cutoff.astype(float), cutoff, cluster)
    rows = replace(rows, cutoff=np.full(len(rows), np.datetime64("NaT"), "datetime64[us]"))
    for trains, tested in split_folds(rows, 0):
        assert not set(cluster[trains]) & set(cluster[tested])
        assert trains.sum() + tested.sum() == len(rows)


def test_too_few_rows_are_not_probed():
    rows = rows_of(np.arange(80) % 2, np.arange(80.0), np.repeat([0, 30], 40), np.arange(80))
    assert probe(rows, 0, "binary", build_design(rows)) is None


@pytest.mark.parametrize("is_loyal", [True, False])
def test_next_items_know_the_loyal(is_loyal):
    random, cutoff, cluster = drawn()
    own = cluster % 50 if is_loyal else random.integers(0, 50, 1200)
    rows = rows_of(np.ones(1200), np.ones(1200), cutoff, cluster)
    rows = replace(rows, items={"task": pa.array([[int(item)] for item in own])})
    found = probe_items(rows, "task", top=3)
    assert found is not None
    if is_loyal:
        assert found.value == 1.0
        assert found.interval[0] > 0.9
    else:
        assert found.interval[0] < 0.02 < 0.1
    assert found.constant < 0.15


def test_twins_are_named_after_the_first():
    random, cutoff, cluster = drawn()
    label = random.normal(size=1200)
    rows = rows_of(label, label, cutoff, cluster)
    many = np.stack([label, np.exp(label), -label, random.normal(size=1200)], axis=1)
    rows = replace(
        rows,
        tasks=("a", "b", "c", "d"),
        label=many,
        asked=np.ones(many.shape, bool),
        matured_at=np.repeat(rows.matured_at, 4, axis=1),
        level=np.zeros(many.shape),
    )
    assert {task: twin for task, (twin, _) in find_duplicates(rows).items()} == {"b": "a", "c": "a"}
