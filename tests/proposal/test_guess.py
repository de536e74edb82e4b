"""Times, keys and links are guessed from names and values, also where headers carry types and times are counts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_shops import START, write

from banian.proposal import guess_tables
from banian.proposal.column_names import looks_like_id
from banian.spec import parse_spec
from banian.tables import read_database

ROWS = 60


def guess(folder: Path, declared: str, **tables: pd.DataFrame) -> dict[str, dict[str, object]]:
    spec, _ = write(folder, declared, **tables)
    return guess_tables(read_database(spec, folder))


def clicks(time: str, at: object, user: str = "user_id", item: str = "item_id") -> pd.DataFrame:
    random = np.random.default_rng(0)
    users, items = random.integers(1, 9, ROWS), random.integers(100, 109, ROWS)
    return pd.DataFrame({user: users, item: items, "stars": users % 5, time: at})


SECONDS = (START - pd.Timestamp(0)) // pd.Timedelta("1s") + np.arange(ROWS) * 9_000


@pytest.mark.parametrize(
    ("column", "at", "form"),
    [
        ("timestamp", SECONDS, "unix"),
        ("timestamp", SECONDS + 0.25, "unix"),
        ("created", SECONDS.astype(float), "unix"),
        ("unixReviewTime", [f"{one}.0" for one in SECONDS], "unix"),
        ("event_time", SECONDS * 10**3, "unix_ms"),
        ("ts", SECONDS * 10**6, "unix_us"),
        ("ts", SECONDS * 10**9, "unix_ns"),
        ("day", (20240101 + np.arange(ROWS) % 28), "%Y%m%d"),
        ("day", np.arange(ROWS), None),
        ("time", np.arange(ROWS) + 881_250, None),
        ("amount", SECONDS, None),
    ],
)
def test_counts_since_1970_are_known_by_their_size(tmp_path: Path, column, at, form):
    table = guess(tmp_path, "  clicks: {source: clicks.csv}\n", clicks=clicks(column, at))["clicks"]
    assert table.get("time_format") == form
    assert table.get("time") == (column if form else None)


def test_what_headers_say_of_types_is_no_part_of_names(tmp_path: Path):
    seen = clicks("timestamp:float", SECONDS * 1.0, "user_id:token", "item_id:token")
    users = pd.DataFrame({"user_id:token": range(1, 9), "zip_code:float": 1.5})
    declared = "  clicks: {source: clicks.csv, ignore: ['stars']}\n  people: {source: people.csv}\n"
    guessed = guess(tmp_path, declared, clicks=seen, people=users)
    assert guessed == {
        "clicks": {
            "source": "clicks.csv",
            "ignore": ["stars"],
            "time": "timestamp:float",
            "time_format": "unix",
            "links": {"user_id:token": "people", "item_id:token": "items"},
        },
        "people": {"source": "people.csv", "key": "user_id:token"},
        "items": {"from": "clicks", "key": "item_id:token"},
    }
    tree = {"shop": "s", "tables": guessed, "split": {"valid": "2025-01-04", "test": "2025-01-05"}}
    tree["tasks"] = {"soon": "PREDICT EXISTS(clicks, 0, 6h) FOR EACH people"}
    database = read_database(parse_spec(str(tree)), tmp_path)
    assert database.tables["clicks"].report.first == START.isoformat()


@pytest.mark.parametrize(
    ("name", "is_id"),
    [
        ("user_id:token", True),
        ("userId (int64)", True),
        ("item[token]", False),
        ("id:float", False),
        ("tag_ids:token_seq", False),
        ("user:id", True),
    ],
)
def test_a_measure_is_no_id(name: str, is_id: bool):
    assert looks_like_id(name) == is_id


@pytest.mark.parametrize("birthday", ["birth_date", "BirthDate", "dob", "geburtsdatum", "born_on"])
def test_a_birthday_is_an_attribute_and_no_time(tmp_path: Path, birthday: str):
    born = pd.date_range("1960-01-01", periods=8, freq="900D")
    people = pd.DataFrame({"user_id": range(1, 9), birthday: born})
    declared = "  clicks: {source: clicks.csv}\n  people: {source: people.csv}\n"
    seen = clicks("timestamp", SECONDS)
    guessed = guess(tmp_path, declared, clicks=seen, people=people)
    assert guessed["people"] == {"source": "people.csv", "key": "user_id"}
    people["signup_date"] = born + pd.Timedelta("9000D")
    guessed = guess(tmp_path, declared, clicks=seen, people=people)
    assert guessed["people"]["time"] == "signup_date"
