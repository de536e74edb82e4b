"""Vectors that are kept answer as what is looked up and encoded, as old as one allows, and never where more is read."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from shop_run import one_set_shop

from banian.bundle import load_bundle
from banian.export import load_graphs
from banian.features import StoredEvents
from banian.features.stored_rows import StoredRows
from banian.inference import Predictor
from banian.inference.kept_vectors import KeptVectors

HOUR = 3600.0


@pytest.fixture(scope="module")
def run(make_once):
    return make_once("one-set-run", partial(one_set_shop, make_once))


@pytest.fixture(scope="module")
def bundle(run):
    return load_graphs(load_bundle(run / "one_set"), run / "one_set")


@pytest.fixture(scope="module")
def store(run, bundle):
    return StoredEvents(bundle.spec, bundle.types, run / "store")


@pytest.fixture
def make(bundle, store):
    def make(seconds: float = HOUR, **changes) -> Predictor:
        own = replace(bundle, **changes)
        return Predictor(own, store, vectors=KeptVectors(own, store, seconds=seconds))

    return make


@pytest.fixture(scope="module")
def plain(bundle, store) -> Predictor:
    return Predictor(bundle, store)


def people(*numbers: int, **said) -> list[dict]:
    return [{"grain": "customers", "customer_id": f"c{who:05}", **said} for who in numbers]


def orders(*numbers: int, **said) -> list[dict]:
    return [{"grain": "orders", "customer_id": f"c{who:05}", **said} for who in numbers]


def expect_same(found, expected) -> None:
    one, other = found.rows.to_pydict(), expected.rows.to_pydict()
    for name, column in other.items():
        if name in ("value", "lower", "upper", "mean"):
            known = [value for value in column if value is not None]
            told = [value for value in one[name] if value is not None]
            np.testing.assert_allclose(told, known, rtol=1e-6, atol=1e-6)
        else:
            assert one[name] == column


@pytest.mark.parametrize("ask", [people, orders])
def test_answers_are_those_without_kept_vectors_the_first_time_and_afterwards(make, plain, ask):
    kept = make()
    asks = [*ask(*range(30), 7), *ask(99999)]  # one twice, and a stranger
    expected = plain.predict(asks)
    assert expected.rows["cold"].to_pylist()[-1]
    expect_same(kept.predict(asks), expected)
    assert kept.vectors.take_counts() == (0, 31)
    expect_same(kept.predict(asks), expected)
    assert kept.vectors.take_counts() == (32, 0)
    more = ask(3, 200)
    expect_same(kept.predict(more), plain.predict(more))
    assert kept.vectors.take_counts() == (1, 1)


def test_vectors_are_taken_up_to_their_age_and_never_for_an_earlier_ask(make, plain):
    kept = make(seconds=2 * HOUR)
    moments = [f"2025-06-0{day}T{hour:02}:00" for day, hour in ((2, 10), (2, 12), (2, 13), (1, 10))]
    counts = []
    for moment in moments:
        found = kept.predict(people(5, at=moment))
        counts.append(kept.vectors.take_counts())
        if counts[-1] == (0, 1):
            expect_same(found, plain.predict(people(5, at=moment)))
    assert counts == [(0, 1), (1, 0), (0, 1), (0, 1)]


def test_an_ask_that_says_something_of_the_entity_itself_is_looked_up(make, plain, bundle):
    column = next(
        name
        for name, kind in bundle.types["customers"].items()
        if kind.kind == "text" and name != "customer_id"
    )
    kept = make()
    kept.predict(people(1))
    kept.vectors.take_counts()
    asks = people(1, **{column: "elsewhere"})
    expect_same(kept.predict(asks), plain.predict(asks))
    assert kept.vectors.take_counts() == (0, 0)


def test_nothing_is_kept_where_trees_or_networks_answer_or_latest_events_are_read(
    make, bundle, store, run, monkeypatch
):
    tasks = [name for name, task in bundle.spec.tasks.items() if task.grain == "customers"]
    assert make().vectors.kept_of("customers", tasks) == ("customers",)
    trees = make(predictors={**bundle.predictors, tasks[0]: ("joint", "trees")}).vectors
    assert trees.kept_of("customers", tasks) == ()
    assert trees.kept_of("customers", tasks[1:]) == ("customers",)
    networks = load_bundle(run / "one_set")
    assert KeptVectors(networks, store, seconds=HOUR).kept_of("customers", tasks) == ()
    monkeypatch.setattr(bundle.joint.sets["customers"][0], "paths", (("customers", "orders"),))
    assert make().vectors.kept_of("customers", tasks) == ()


def test_beside_a_store_to_which_nothing_came_vectors_stay_and_older_asks_keep_nothing(make, store):
    kept = make()
    kept.predict(people(1, 2))
    old = kept.vectors
    newer = kept.with_store(store)
    newer.predict(people(1, 2, 3))
    assert newer.vectors.take_counts() == (2, 1)
    old.take_counts()
    kept.predict(people(1, 4))  # of an ask that began before: it takes nothing, and nothing is kept
    assert old.take_counts() == (0, 2)
    newer.predict(people(3, 4))
    assert newer.vectors.take_counts() == (1, 1)


def test_vectors_of_whom_rows_concern_make_room_for_others(bundle, store, monkeypatch):
    kept = KeptVectors(bundle, store, seconds=HOUR, most=2)
    predictor = Predictor(bundle, store, vectors=kept)
    predictor.predict(people(1, 2))
    monkeypatch.setattr(StoredRows, "knows", lambda _, keys: np.array(keys.texts) == "c00001")
    monkeypatch.setattr(
        StoredEvents, "newer_rows", lambda one, _, entity: [*one._parts.rows_of(entity).values()]
    )
    newer = predictor.with_store(store)
    monkeypatch.undo()
    newer.vectors.take_counts()
    newer.predict(people(2))
    newer.predict(people(1))
    newer.predict(people(2, 1))
    assert newer.vectors.take_counts() == (3, 1)
