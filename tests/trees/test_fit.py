import numpy as np
import pytest

from banian.evaluation import measure
from banian.trees import Target, Trees
from banian.trees.fit import grow_trees, plan_trees

AUC = Target("binary", "auc")


def plan(rows, target, training, valid):
    label = rows.label[valid, 1]

    def judge(values):
        said = values[:, 0] if values.shape[1] == 1 else (values.argmax(axis=1) == label) * 1.0
        return measure(target.metric, label, said, np.ones(len(label)))

    return plan_trees(rows, "task", target, training, valid, judge, seed=0, cores=1)


@pytest.fixture
def planned(make_rows, halves):
    rows = make_rows()
    return rows, plan(rows, AUC, *halves)


def test_the_search_says_how_good_its_best_is_on_the_rows_that_select(planned, halves):
    rows, plan = planned
    label = rows.label[halves[1], 1]
    assert plan.score == measure("auc", label, plan.valid[:, 0], np.ones(len(label)))
    assert plan.score > 0.9
    assert plan.valid.shape == (halves[1].sum(), 1)


def test_only_the_rows_that_train_are_grown_from(planned, make_rows, halves):
    rows, plan = planned
    first, rest = halves
    grown = grow_trees(rows, "task", plan, first, seed=0, threads=1).predict(rows)
    rows.label[rest] = 1 - rows.label[rest]
    again = grow_trees(rows, "task", plan, first, seed=0, threads=1).predict(rows)
    np.testing.assert_array_equal(again, grown)
    turned = make_rows()
    turned.label[first] = 1 - turned.label[first]
    other = grow_trees(turned, "task", plan, first, seed=0, threads=1).predict(turned)
    assert (other != grown).any()


def test_threads_change_nothing(planned, halves):
    rows, plan = planned
    one = grow_trees(rows, "task", plan, halves[0], seed=3, threads=1).predict(rows)
    two = grow_trees(rows, "task", plan, halves[0], seed=3, threads=2).predict(rows)
    np.testing.assert_array_equal(one, two)


def test_labels_in_proportion_to_the_level_are_learned_in_relation_to_it(make_rows, halves):
    level = np.random.default_rng(1).lognormal(3, 2, 400)
    rows = make_rows(level * 0.5)
    rows.level[:, 1] = level
    found = plan(rows, Target("amount", "mae"), *halves)
    assert found.target.offset is not None
    assert found.score < 0.2 * np.abs(rows.label[:, 1] - np.median(rows.label[:, 1])).mean()


@pytest.mark.parametrize("missing", [0, 1])
def test_without_rows_that_train_or_select_there_is_no_plan(make_rows, halves, missing):
    chosen = list(halves)
    chosen[missing] = np.zeros(400, bool)
    with pytest.raises(ValueError, match="needs labels that train and labels that select"):
        plan(make_rows(), AUC, *chosen)


def test_saved_trees_say_the_same(planned, halves, tmp_path):
    rows, plan = planned
    trees = grow_trees(rows, "task", plan, halves[0], seed=0, threads=1)
    trees.save(tmp_path / "trees")
    loaded = Trees.load(tmp_path / "trees")
    np.testing.assert_array_equal(loaded.predict(rows), trees.predict(rows))
    assert sorted(path.name for path in (tmp_path / "trees").iterdir()) == [
        "trees.json",
        "trees.txt",
    ]


@pytest.mark.parametrize(
    "target",
    [
        Target("multiclass", "accuracy", classes=4),
        Target("ordinal", "accuracy", classes=3, grades=(1.0, 2.0, 5.0)),
    ],
)
def test_classes_and_grades_get_a_probability_each(make_rows, halves, target, tmp_path):
    place = np.random.default_rng(0).integers(0, 3, 400)
    label = np.array(target.grades)[place] if target.grades else place.astype(float)
    rows = make_rows(label)
    found = plan(rows, target, *halves)
    trees = grow_trees(rows, "task", found, halves[0], seed=0, threads=1)
    values = trees.predict(rows)
    assert values.shape == (400, target.classes)
    np.testing.assert_allclose(values.sum(axis=1), 1)
    trees.save(tmp_path / "trees")
    loaded = Trees.load(tmp_path / "trees")
    assert loaded.target == found.target
    np.testing.assert_array_equal(loaded.predict(rows), values)


def test_a_round_of_several_classes_counts_as_many_trees(make_rows, halves, monkeypatch):
    monkeypatch.setattr("banian.trees.fit._MOST_TREES", 15)
    pages = make_rows().entities["visits"].columns["pages"].to_numpy(zero_copy_only=False)
    rows = make_rows(np.floor(np.nan_to_num(pages) / 10))
    label = rows.label[halves[1], 1].astype(int)

    def judge(values):
        likely = values[np.arange(len(label)), label]
        return measure("log_loss", np.ones(len(label)), likely, np.ones(len(label)))

    target = Target("multiclass", "log_loss", classes=5)
    found = plan_trees(rows, "task", target, *halves, judge, seed=0, cores=1)
    assert found.rounds == 3  # unbounded they are 233
    assert grow_trees(rows, "task", found, halves[0], seed=0, threads=1).booster.num_trees() == 15


@pytest.mark.parametrize(
    "target",
    [
        Target("binary", "log_loss"),
        Target("multiclass", "log_loss", classes=3),
        Target("count", "deviance"),
        Target("amount", "mae", floor=0.0),
    ],
)
def test_trees_are_judged_while_they_grow_by_what_they_say_in_the_end(make_rows, halves, target):
    generator = np.random.default_rng(0)
    drawn = generator.poisson(2.0, len(make_rows())).astype(float)
    label = np.minimum(drawn, {"binary": 1, "multiclass": 2}.get(target.kind, 99))
    rows = make_rows(label, level=3.0)
    known = rows.label[halves[1], 1]
    heard = []

    def judge(values):
        if target.kind == "multiclass":
            likely = values[np.arange(len(known)), known.astype(int)]
            said = np.ones(len(known)), likely
        else:
            said = known, values[:, 0]
        heard.append(measure(target.metric, *said, np.ones(len(known))))
        return heard[-1]

    plan = plan_trees(rows, "task", target, *halves, judge, seed=0, cores=1)
    assert np.isclose(heard, plan.score, rtol=1e-6).sum() >= 2  # while growing, and in the end
