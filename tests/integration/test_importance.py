"""Which columns a task leans on, from a model that is known to lean on some."""

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

import banian
from banian.bundle import Bundle, load_bundle
from banian.errors import SpecError
from banian.evaluation import TaskImportance
from banian.kinds import build_kind
from banian.tables import build_engine
from banian.workflows import permutation_importance as module
from banian.workflows.permutation_importance import measure_importance
from banian.workflows.prepare import prepare


@pytest.fixture(scope="module")
def bundle(run):
    return load_bundle(run.out)


@pytest.fixture(scope="module")
def prepared(run, bundle):
    return prepare(bundle.spec, run.spec.parent, build_engine("duckdb"), lambda _: None)


def measured(bundle, prepared, **options):
    return measure_importance(
        bundle, prepared.examples, prepared.roles, prepared.features, **{"seed": 0} | options
    )


@pytest.fixture
def leaning(bundle, monkeypatch):
    """A model that says what one feature says, and nothing else."""

    def predict(_, rows, tasks):
        told = rows.entities["orders" if rows.grain == "rows of orders" else "customers"].columns
        name = next(n for n in told.column_names if n in ("price", "orders.amount.sum.all"))
        said = np.nan_to_num(pc.cast(told[name], "float64").to_numpy())
        return {task: (said / (1 + np.abs(said)))[:, None] for task in tasks}

    monkeypatch.setattr(Bundle, "predict", predict)
    plain = {
        task: build_kind(tower.kind).plain_calibration(tower)
        for grain in bundle.grains.values()
        for task, tower in grain.tasks.items()
    }
    return replace(bundle, calibrations=plain)


def test_only_the_column_that_the_model_reads_matters(leaning, prepared):
    found = measured(leaning, prepared)
    for task, column in (("returned", "orders.price"), ("spend", "orders.amount")):
        falls = {one.name: one.fall for one in found[task].columns}
        assert falls.pop(column) != 0
        assert set(falls.values()) == {0.0}
    best = found["returned"].columns[0]
    assert best.name == "orders.price"
    assert best.fall > 0.01
    assert best.share == pytest.approx(best.fall / (found["returned"].value - 0.5))


def test_the_column_that_matters_is_found_among_more_than_are_measured(
    leaning, prepared, monkeypatch
):
    monkeypatch.setattr(module, "_SHOWN", 2)
    found = measured(leaning, prepared)["returned"]
    assert "orders.price" in [one.name for one in found.columns]
    assert (len(found.columns), found.others > 2) == (2, True)


def test_few_rows_are_drawn_and_always_the_same(leaning, prepared, monkeypatch):
    monkeypatch.setattr(module, "_PART_OF_TRAINING", 10**9)
    monkeypatch.setattr(module, "_ENOUGH_ROWS", 40)
    first, again, other = (measured(leaning, prepared, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert all(40 < one.rows <= 120 for one in first.values())


def test_rows_asked_at_once_do_not_matter(leaning, prepared, monkeypatch):
    whole = measured(leaning, prepared)
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 1)
    assert measured(leaning, prepared) == whole


@pytest.mark.parametrize(
    ("trained", "width", "rows"),
    [(10**6, 400, 250), (2_000, 400, 100), (10, 400, 40), (10, 16_000, 30), (10, 10**6, 30)],
)
def test_wide_tables_and_little_training_get_fewer_rows(trained, width, rows):
    assert module._rows_for(trained, width) == rows
    assert module._columns_for(width) == {400: 60, 16_000: 8, 10**6: 8}[width]


def test_python_json_and_the_bundle_say_the_same(run, bundle):
    loaded = banian.load(run.out)
    for task in bundle.spec.tasks:
        found = bundle.importance(task)
        assert loaded.importance(task) == found
        assert isinstance(found, TaskImportance)
        said = run.said["tasks"][task]["importance"]
        assert TaskImportance.from_dict(said) == found
        falls = [one.fall for one in found.columns]
        assert falls == sorted(falls, reverse=True)
        assert all(one.interval[0] <= one.fall <= one.interval[1] for one in found.columns)
        assert found.metric == run.said["tasks"][task]["metric"]
        assert 0 < found.rows <= run.said["tasks"][task]["rows"]
    with pytest.raises(SpecError, match="no task 'repurchse'"):
        bundle.importance("repurchse")
    assert replace(bundle, card={}).importance("spend") is None
