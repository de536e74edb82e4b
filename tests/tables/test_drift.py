"""New data beside training: what differs is said, what does not is not."""

import json
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.schema import ColumnProfile
from banian.spec import parse_spec
from banian.tables import find_drift, gather_data, profile_table, read_database
from banian.tables.table_profile import profile_column

SPEC = parse_spec("shop: s\ntables:\n  t: {}\ntasks:\n  k: {rows: t, label: y}\nsplit: {by: id}\n")
RNG = np.random.default_rng(0)
ROWS = 600
TRAINING = {
    "y": RNG.integers(0, 2, ROWS),
    "price": np.round(RNG.lognormal(2.5, 0.6, ROWS), 2),
    "place": RNG.choice(["home", "cart", "search"], ROWS),
    "name": [f"n{row}" for row in range(ROWS)],
    "age": RNG.integers(18, 80, ROWS),
}
USED = ("price", "place", "name", "age")


def database(columns, types=None):
    return read_database(SPEC, gather_data({"t": pa.table(columns)}), types=types)


OLD = database(TRAINING)
PROFILE = profile_table(OLD.engine, OLD.tables["t"])


def drift(columns, used=USED, profile=PROFILE):
    new = database(columns, OLD.types)
    found = find_drift(new.engine, new.tables["t"], profile, used)
    return {one.path.rpartition(".")[2]: one for one in found}


def change(**columns):
    return {**TRAINING, **columns}


def test_the_same_data_do_not_differ_nor_do_a_part_of_them():
    assert drift(TRAINING) == {}
    part = RNG.permutation(ROWS)[:100]
    assert drift({name: np.asarray(values)[part] for name, values in TRAINING.items()}) == {}


def test_a_column_that_is_gone_is_lost_if_it_is_used():
    rest = {name: values for name, values in TRAINING.items() if name not in ("price", "y")}
    found = drift(rest)
    assert {name: one.is_lost for name, one in found.items()} == {"price": True}
    assert str(found["price"]) == "tables.t.price: is not there"


@pytest.mark.parametrize(("share", "told", "lost"), [(0, 0, 0), (0.3, 1, 0), (1, 1, 1)])
def test_values_that_cannot_be_read_are_counted(share, told, lost):
    texts = [
        f"{p} EUR" if row < share * ROWS else f"{p}" for row, p in enumerate(TRAINING["price"])
    ]
    found = drift(change(price=texts))
    assert (len(found), any(one.is_lost for one in found.values())) == (told, lost)
    if told:
        assert f"{round(share * ROWS)} of 600 values cannot be read as a number" in str(
            found["price"]
        )


def test_without_a_profile_what_is_gone_or_unreadable_is_found_all_the_same():
    texts = [f"{p} EUR" for p in TRAINING["price"]]
    rest = {name: values for name, values in change(price=texts).items() if name != "age"}
    assert sorted(drift(rest, profile={})) == ["age", "price"]
    assert drift(change(place=["?"] * ROWS), profile={}) == {}


def test_new_texts_are_told_where_texts_come_again():
    found = drift(change(place=[p.upper() if p == "cart" else p for p in TRAINING["place"]]))
    assert list(found) == ["place"]
    assert "of the values was never seen in training" in str(found["place"])
    assert drift(change(name=[f"m{row}" for row in range(ROWS)])) == {}


def test_a_few_new_texts_are_no_news():
    place = TRAINING["place"].astype(object)
    place[:20] = "kiosk"
    assert drift(change(place=place)) == {}


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (TRAINING["price"] * 100, "in training"),
        (TRAINING["price"] / 1000, "of training, 1.17 to"),
        (np.where(np.arange(ROWS) == 7, 1e7, TRAINING["price"]), "10,000,000"),
        (np.where(np.arange(ROWS) < 30, 150.0, TRAINING["price"]), "lie outside those of training"),
        (np.where(np.arange(ROWS) < 400, 2.5, TRAINING["price"]), "the median is 2.5"),
    ],
)
def test_numbers_elsewhere_are_told(price, said):
    found = drift(change(price=np.round(price, 4)))
    assert list(found) == ["price"]
    assert said in str(found["price"])
    assert not found["price"].is_lost


def test_far_more_without_a_value_is_told():
    age = [None if row % 3 else int(a) for row, a in enumerate(TRAINING["age"])]
    found = drift(change(age=age))
    assert str(found["age"]) == "tables.t.age: 67% of the rows have no value, and 0% in training"
    assert "100% of the rows have no value" in str(drift(change(age=[None] * ROWS))["age"])


def test_of_one_row_nothing_is_told_but_what_is_far_off():
    row = {name: values[:1] for name, values in TRAINING.items()}
    assert drift(row | {"place": ["kiosk"], "age": [None], "price": [0.5]}) == {}
    assert list(drift(row | {"price": [12_000.5]})) == ["price"]


def test_an_empty_table_differs_in_nothing():
    assert drift({name: pa.array([], pa.string()) for name in TRAINING}) == {}


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=80),
    st.lists(st.none() | st.text(max_size=2), min_size=1, max_size=400),
)
def test_a_profile_says_what_is_there_whatever_the_order_and_is_read_back(numbers, texts):
    for values, kind in ((numbers, pa.float64()), (texts, pa.string())):
        found = profile_column(pa.chunked_array([values], kind))
        assert profile_column(pa.chunked_array([values[::-1]], kind)) == found
        known = [value for value in values if value is not None]
        assert found.known == pytest.approx(len(known) / len(values))
        if known and values is numbers:
            assert found.ends == (min(known), max(known))
        if known and values is texts and len(set(known)) <= 256:
            assert len(found.frequent) == len(set(known))
            assert found.covered == 1
        assert ColumnProfile.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_no_text_stands_in_a_profile_as_it_was():
    text = json.dumps({name: one.to_dict() for name, one in PROFILE.items()})
    assert not any(word in text for word in ("home", "cart", "search", "n17"))
    assert not PROFILE["name"].frequent


def test_of_many_rows_evenly_spaced_ones_are_looked_at(monkeypatch):
    monkeypatch.setattr("banian.tables.table_profile._MOST_ROWS", 100)
    thin = profile_table(OLD.engine, OLD.tables["t"])
    assert thin["age"].ends[0] >= PROFILE["age"].ends[0]
    assert thin["place"].frequent == PROFILE["place"].frequent
    assert drift(TRAINING) == {}


END = datetime(2025, 6, 30)
BORN = [datetime(1950, 1, 1) + timedelta(days=int(d)) for d in RNG.integers(0, 20_000, ROWS)]
UNTIL = [END + timedelta(days=int(day)) for day in RNG.integers(-300, 60, ROWS)]


def drift_of_dates(new, end=END, *, old):
    was = database({**TRAINING, "on": old})
    profile = profile_table(was.engine, was.tables["t"], END)
    assert ColumnProfile.from_dict(json.loads(json.dumps(profile["on"].to_dict()))) == profile["on"]
    there = database({**TRAINING, "on": new}, was.types)
    found = find_drift(there.engine, there.tables["t"], profile, ("on",), end)
    return [one.problem for one in found]


def moved(dates, days):
    return [date + timedelta(days=days) for date in dates]


def test_dates_that_are_those_of_training_or_as_old_as_those_were_are_no_news():
    year = timedelta(days=365)
    assert drift_of_dates(BORN, END + year, old=BORN) == []
    assert drift_of_dates(moved(UNTIL, 365), END + year, old=UNTIL) == []
    assert drift_of_dates([*BORN[:5], *[None] * (ROWS - 5)], old=UNTIL)[1:] == []


@pytest.mark.parametrize(
    ("days", "side"), [(-40_000, "1840-"), (-21_000, "1892-"), (5_000, "1963-")]
)
def test_dates_before_or_after_all_of_training_are_told(days, side):
    (text,) = drift_of_dates(moved(BORN, days), old=BORN)
    assert "of the dates lie outside those of training (1950-02-08 to " in text
    assert f"here they go from {side}" in text


def test_dates_wholly_ahead_are_told_to_count_as_absent():
    (text,) = drift_of_dates(moved(BORN, 40_000), old=BORN)
    assert text.startswith("100% of the dates lie after 2025-06-30, where the data end, and 0% did")
    assert text.endswith("counts as absent")
