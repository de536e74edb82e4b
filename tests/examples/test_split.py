"""Roles against a loop over rows that follows the design's section on maturity."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.examples import GrainExamples, Roles, assign_roles
from banian.examples.split import shares
from banian.spec import IdSplitSpec, TimeSplitSpec

DAY = 86_400_000_000
VALID, TEST = 10, 20
BY_TIME = TimeSplitSpec(valid="1970-01-11", test="1970-01-21")
BY_ID = IdSplitSpec(by="id", valid=0.2, test=0.3)
NEVER = np.datetime64("NaT", "us")
NAMES = ("select", "valid", "refit", "calibration", "test")
BRIEF = settings(max_examples=100, deadline=None)


def instant(day: float | None) -> np.datetime64:
    return NEVER if day is None else np.datetime64(round(day * DAY), "us")


def make_rows(asked, matured, label, cluster, keys) -> GrainExamples:
    rows = len(asked)
    return GrainExamples(
        grain="customers",
        tasks=tuple(f"task {at}" for at in range(np.shape(label)[1])),
        keys=pa.table({"id": list(range(rows))}),
        cluster=np.asarray(cluster, dtype=np.int64),
        clusters=pa.array(keys, pa.string()),
        cutoff=np.array([instant(day) for day in asked], "datetime64[us]"),
        scene=pa.nulls(rows, pa.string()),
        entities={},
        asked=np.ones(np.shape(label), bool),
        label=np.array(label, float),
        matured_at=np.array([[instant(day) for day in row] for row in matured], "datetime64[us]"),
        level=np.zeros(np.shape(label)),
    )


# Days on, 86 microseconds before and 86 microseconds after the cutoffs.
days = st.sampled_from([0, 3, 9, 10 - 1e-9, 10, 10 + 1e-9, 12, 19, 20 - 1e-9, 20, 20 + 1e-9, 25])
row = st.tuples(
    days,
    st.lists(st.sampled_from([0, 1e-9, 1, 7, 10, 30, None]), min_size=2, max_size=2),
    st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=2, max_size=2),
    st.integers(0, 19),
)


drawn_rows = st.lists(row, min_size=1, max_size=30)


def build_rows(drawn) -> GrainExamples:
    asked = [day for day, *_ in drawn]
    # What never matured has no label.
    matured = [[None if d is None else day + d for d in delays] for day, delays, *_ in drawn]
    label = [
        [np.nan if m is None else y for m, y in zip(when, labels, strict=True)]
        for when, (_, _, labels, _) in zip(matured, drawn, strict=True)
    ]
    return make_rows(asked, matured, label, [c for *_, c in drawn], [f"c{i}" for i in range(20)])


def expected(rows: GrainExamples, at: int, task: int, kept: bool) -> set[str]:
    if np.isnan(rows.label[at, task]):
        return set()
    asked, matured = rows.cutoff[at], rows.matured_at[at, task]
    valid, test = instant(VALID), instant(TEST)
    if asked >= test:
        return {"test"}
    if not matured <= test:
        return set()  # would be seen at the test cutoff by nobody
    found = {"calibration" if kept else "refit"}
    if asked >= valid:
        found.add("valid")
    elif matured <= valid:
        found.add("select")
    return found


def found(roles: Roles, at: int, task: int) -> set[str]:
    return {name for name in NAMES if getattr(roles, name)[at, task]}


@BRIEF
@given(drawn_rows, st.booleans())
def test_by_time_every_label_has_the_roles_of_the_design(drawn, calibrate):
    rows = build_rows(drawn)
    roles = assign_roles(rows, BY_TIME, calibrate=calibrate)
    held = shares(rows.clusters, "calibration") < 0.1
    for at, task in np.ndindex(*rows.label.shape):
        kept = calibrate and bool(held[rows.cluster[at]])
        assert found(roles, at, task) == expected(rows, at, task, kept)


@BRIEF
@given(drawn_rows, st.booleans(), st.sampled_from([BY_TIME, BY_ID]))
def test_what_judges_or_calibrates_trains_nothing(drawn, calibrate, split):
    rows = build_rows(drawn)
    roles = assign_roles(rows, split, calibrate=calibrate)
    assert not (roles.select & roles.valid).any()
    assert not (roles.refit & roles.calibration).any()
    for name in ("select", "valid", "refit", "calibration"):
        assert not (getattr(roles, name) & roles.test).any()
        assert not (getattr(roles, name) & np.isnan(rows.label)).any()
    assert ((roles.select | roles.valid) <= (roles.refit | roles.calibration)).all()
    assert calibrate or not roles.calibration.any()
    # No entity is on both sides of the calibration.
    both = [set(rows.cluster[use.any(axis=1)]) for use in (roles.refit, roles.calibration)]
    assert not both[0] & both[1]


@BRIEF
@given(drawn_rows, st.randoms(use_true_random=False))
def test_roles_do_not_depend_on_the_order_or_number_of_rows(drawn, random):
    rows = build_rows(drawn)
    index = list(range(len(rows)))
    random.shuffle(index)
    index = np.array(index[: len(index) // 2 + 1])
    for split in (BY_TIME, BY_ID):
        whole = assign_roles(rows, split, calibrate=True)
        some = assign_roles(rows.take(index), split, calibrate=True)
        for name in NAMES:
            np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[index])


@pytest.mark.parametrize(
    ("asked", "matured", "roles"),
    [
        (3, 10, {"select", "refit"}),  # known at the validation cutoff
        (3, 10 + 1e-9, {"refit"}),  # a moment too late to select with
        (10, 20, {"valid", "refit"}),
        (10, 20 + 1e-9, set()),  # a moment too late for anything
        (3, 20 + 1e-9, set()),
        (20, 50, {"test"}),
        (20 - 1e-9, 20, {"valid", "refit"}),
    ],
)
def test_a_label_counts_from_the_moment_when_it_is_known(asked, matured, roles):
    rows = make_rows([asked], [[matured]], [[1.0]], [0], ["c1"])
    assert found(assign_roles(rows, BY_TIME, calibrate=False), 0, 0) == roles


@pytest.fixture(scope="module")
def static() -> GrainExamples:
    """Three rows of each of 3000 keys, in a table without time."""
    keys = [f"key {at}" for at in range(3000)]
    asked, matured = [None] * 9000, [[0]] * 9000
    return make_rows(asked, matured, np.ones((9000, 1)), np.arange(9000) % 3000, keys)


def test_by_id_rows_of_a_key_stay_together(static):
    roles = assign_roles(static, BY_ID, calibrate=True)
    for name in NAMES:
        use = getattr(roles, name)[:, 0].reshape(3, 3000)
        assert (use == use[0]).all()
        assert use.any()


def test_by_id_every_label_selects_validates_or_judges_in_about_the_declared_shares(static):
    roles = assign_roles(static, BY_ID, calibrate=True)
    uses = np.stack([roles.select, roles.valid, roles.test]).astype(int)
    assert (uses.sum(axis=0) == 1).all()
    assert uses.mean(axis=(1, 2)) == pytest.approx([0.5, 0.2, 0.3], abs=0.025)
    np.testing.assert_array_equal(roles.refit | roles.calibration, roles.select | roles.valid)


def test_a_tenth_of_the_clusters_calibrates_whatever_their_side_of_the_split(static):
    roles = assign_roles(static, BY_ID, calibrate=True)
    for side in (roles.select, roles.valid):
        assert roles.calibration[side].mean() == pytest.approx(0.1, abs=0.03)


def test_shares_are_spread_evenly_and_differ_by_purpose():
    keys = pa.array([str(at) for at in range(4000)])
    one, other = shares(keys, "split"), shares(keys, "calibration")
    assert one.min() >= 0
    assert one.max() < 1
    assert np.histogram(one, 10, (0, 1))[0] == pytest.approx(np.full(10, 400), abs=80)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.05


def test_the_share_of_a_key_depends_on_the_key_alone():
    keys = ["b", "a", "ż", ""]
    forward, backward = shares(pa.array(keys), "split"), shares(pa.array(keys[::-1]), "split")
    assert forward.tolist() == backward[::-1].tolist()
    assert len(set(forward.tolist())) == 4


def test_no_keys_have_no_shares():
    assert shares(pa.array([], pa.string()), "split").shape == (0,)
