"""The split that is proposed lies where the tables end that labels read, whatever runs ahead."""

from pathlib import Path

import pandas as pd
import pytest
from small_shops import EVENTS, START, visits, write

from banian.proposal import choose_split, probe_cutoffs
from banian.spec import ShopSpec, SplitSpec, TimeSplitSpec, parse_question
from banian.tables import read_database

PLAN = EVENTS + "  plan: {source: plan.csv, time: at, links: {product: products}}\n"
QUESTIONS = {
    "again": "PREDICT EXISTS(events, 0, 14d) FOR EACH customers",
    "demand": "PREDICT COUNT(events, 0, 14d) FOR EACH products",
    "planned": "PREDICT EXISTS(plan, 0, 14d) FOR EACH products",
}


def plan(first: str, last: str) -> pd.DataFrame:
    times = pd.date_range(first, last, freq="D")
    return pd.DataFrame({"at": times, "product": [f"p{n % 30}" for n in range(len(times))]})


def split_of(folder: Path, **tables: pd.DataFrame) -> tuple[SplitSpec, list[str]]:
    spec, _ = write(folder, PLAN, **tables)
    database = read_database(spec, folder)
    tasks = {name: parse_question(text) for name, text in QUESTIONS.items()}
    split = choose_split(database, tasks.values(), in_time=True)
    asked = ShopSpec.model_validate({**dict(spec), "tasks": tasks, "split": split})
    laid = probe_cutoffs(read_database(asked, folder), split)
    return split, [str(at) for at in laid["customers"]]


OUTLIER = pd.DataFrame({"at": [pd.Timestamp("2199-01-01")], "customer": "1", "product": "p1"})


@pytest.mark.parametrize(
    ("planned", "stray"),
    [
        (plan("2025-01-01", "2025-12-31"), visits().head(0)),
        (plan("2025-01-01", "2029-12-31"), OUTLIER),
        (plan("2019-01-01", "2019-12-31"), visits().head(0)),
    ],
    ids=["as far", "ahead, beside a mistyped year", "long dead"],
)
def test_what_runs_ahead_or_is_dead_moves_neither_split_nor_cutoffs(tmp_path, planned, stray):
    events = visits()
    split, laid = split_of(tmp_path, events=pd.concat([events, stray]), plan=planned)
    assert isinstance(split, TimeSplitSpec)
    end = events["at"].max()
    assert end - pd.Timedelta(days=47) < split.test <= end - pd.Timedelta(days=45)
    assert split.test - split.valid == pd.Timedelta(days=45)
    assert laid[-1] == str(split.test)
    assert min(laid) >= str(START)


def test_the_first_table_to_end_of_those_alive_decides(tmp_path):
    events = visits()
    planned = plan("2025-01-01", "2025-10-20")
    split, _ = split_of(tmp_path, events=events, plan=planned)
    assert isinstance(split, TimeSplitSpec)
    assert split.test <= pd.Timestamp("2025-10-20") - pd.Timedelta(days=43)
