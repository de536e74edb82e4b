"""A query of the user's own sees its window and nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from one_table import AT, DAY, at, build, spec_of

from banian.errors import BanianError, LabelError, LeakageError, SpecError

LINES = [
    f"{at(-3 * DAY)},1,5",
    f"{at(0 * DAY)},1,7",
    f"{at(1 * DAY)},1,10",
    f"{at(2 * DAY)},2,20",
    f"{at(9 * DAY)},1,900",
    f"{at(30 * DAY)},3,0",
]
PER_WHO = "SELECT who AS key, {} AS value FROM e GROUP BY who"


def labels(folder: Path, query: str, window: str = "0, 2d", more: str = "") -> dict[Any, Any]:
    task = (
        f"PREDICT SQL('{query}', {window}) FOR EACH w WHERE EXISTS(e, -5d, 0) OR EXISTS(e, -9d, 0)"
    )
    rows = build(folder, LINES, spec_of(f'  t: "{task}"\n', more))
    keys = rows.keys.column(0).to_pylist()
    shown = [None if np.isnan(label) else float(label) for label in rows.label[:, 0]]
    if "t" in rows.classes:
        shown = [None if n is None else rows.classes["t"][int(n)].as_py() for n in shown]
    return dict(zip(keys, shown, strict=True))


ANSWERS = {
    PER_WHO.format("SUM(n)"): 10.0,
    PER_WHO.format("COUNT(*) > 1"): 0.0,
    PER_WHO.format("MAX(''late'')"): "late",
    "SELECT asks.key, COUNT(n) AS value FROM asks LEFT JOIN e ON who = asks.key GROUP BY asks.key": 1.0,
    "WITH big AS (SELECT * FROM e WHERE n > 9) SELECT who AS key, SUM(n) AS value FROM big GROUP BY 1": 10.0,
    "SELECT 1 AS key, SUM(n) AS value FROM e": 30.0,
    "SELECT key, epoch(cutoff) AS value FROM asks": float(
        (AT - AT.fromtimestamp(0)).total_seconds()
    ),
}


@pytest.mark.parametrize(("query", "answer"), ANSWERS.items(), ids=range(len(ANSWERS)))
def test_a_query_sees_the_rows_of_its_window(query: str, answer: Any, tmp_path: Path):
    assert labels(tmp_path, query) == {1: answer}


def test_a_window_that_looks_back_ends_at_the_cutoff(tmp_path: Path):
    task = (
        "PREDICT EXISTS(e, 0, 2d) FOR EACH w "
        f"WHERE SQL('{PER_WHO.format('SUM(n)')}', -9d, 0) = 12 AND SQL('{PER_WHO.format('SUM(n)')}', -1d, 0) = 7"
    )
    rows = build(tmp_path, LINES, spec_of(f'  t: "{task}"\n'))
    assert rows.keys.column(0).to_pylist() == [1]


def test_a_key_that_is_left_out_has_no_label(tmp_path: Path):
    assert labels(tmp_path, PER_WHO.format("SUM(n)"), "5d, 7d") == {1: None}


def test_what_becomes_known_after_the_window_is_not_seen(tmp_path: Path):
    query = PER_WHO.format("COUNT(n)")
    assert labels(tmp_path, query, more=", known_at: {n: 1d}") == {1: 1.0}
    assert labels(tmp_path, query, more=", known_at: {n: 36h}") == {1: 0.0}


REFUSED: dict[str, tuple[type[BanianError], str]] = {
    "SELECT who AS key, 1 AS value FROM e_raw": (LeakageError, "the query reads e_raw"),
    'SELECT who AS key, n AS value FROM "e judged"': (LeakageError, 'reads "e judged"'),
    "SELECT who AS key, n AS value FROM main.e": (LeakageError, "the query reads main.e"),
    "SELECT who AS key, n AS value FROM read_csv(''e.csv'')": (
        LeakageError,
        "the query reads READ_CSV",
    ),
    "SELECT 1 AS key, (SELECT COUNT(*) FROM ''e.csv'') AS value": (LeakageError, "the query reads"),
    'SELECT a.key, 1 AS value FROM (WITH "e.csv" AS (SELECT 1 AS key) SELECT * FROM "e.csv") a, "e.csv"': (
        LeakageError,
        'the query reads "e.csv"',
    ),
    "SELECT who AS key FROM": (SpecError, "cannot read this SQL"),
    "DELETE FROM e": (SpecError, "this SQL is no query"),
    "SELECT nobody AS key, 1 AS value FROM e": (SpecError, "the query fails"),
    "SELECT who, n FROM e": (LabelError, "the query gives n, who."),
    "SELECT who AS key, n AS value, 1 AS more FROM e": (
        LabelError,
        "the query gives key, more, value.",
    ),
    "SELECT 1 AS key, n AS value FROM e": (LabelError, "gives a key more than once"),
}


@pytest.mark.parametrize(("query", "refusal"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_query_that_reads_or_gives_anything_else_is_refused(
    query: str, refusal: tuple[type[BanianError], str], tmp_path: Path
):
    kind, problem = refusal
    with pytest.raises(kind) as error:
        labels(tmp_path, query.replace('"', '\\"'))
    assert problem in error.value.problem
    assert error.value.problem.startswith("tasks.t.label: ")
    assert error.value.remedy


def test_a_column_that_is_not_there_is_found_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def compute(*_: object, **__: object) -> None:
        raise AssertionError("something was computed")

    monkeypatch.setattr("banian.examples.build.ask_entities", compute)
    with pytest.raises(SpecError, match=r"tasks.t.label: the query fails: .*nobody"):
        labels(tmp_path, "SELECT who AS key, nobody AS value FROM e")
    with pytest.raises(LabelError, match=r"the query gives at, key, n, who."):
        labels(tmp_path, "SELECT *, 1 AS key FROM e")


ENDLESS = (
    "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 1000000000) "
    "SELECT MAX(who) AS key, COUNT(*) AS value FROM e, more"
)


def test_a_query_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BANIAN_QUERY_SECONDS", "0.5")
    with pytest.raises(SpecError, match=r"runs longer than 0.5 s") as error:
        labels(tmp_path, ENDLESS)
    assert "BANIAN_QUERY_SECONDS" in error.value.remedy
    monkeypatch.delenv("BANIAN_QUERY_SECONDS")
    assert labels(tmp_path, PER_WHO.format("SUM(n)")) == {1: 10.0}


def test_a_number_without_end_is_no_label_and_is_counted(tmp_path: Path):
    query = PER_WHO.format("SUM(n) / (COUNT(*) - {})")

    def rows_of(label: str) -> Any:
        return build(
            tmp_path, LINES, spec_of(f'  t: "PREDICT {label} FOR EACH w WHERE EXISTS(e, -5d, 0)"\n')
        )

    for less, times in ((1, 1), (3, 0)):
        rows = rows_of(f"SQL('{query.format(less)}', 0, 2d)")
        assert np.isnan(rows.label[:, 0]).all() == bool(times)
        assert dict(rows.endless) == ({"t": 1} if times else {})
    compared = rows_of(f"SQL('{query.format(1)}', 0, 2d) > 5")
    assert np.isnan(compared.label[:, 0]).all()
    assert dict(compared.endless) == {"t": 1}
    huge = rows_of("SUM(e.n, 0, 2d) * 1e200 * 1e200")
    assert (np.isnan(huge.label[:, 0]).all(), dict(huge.endless)) == (True, {"t": 1})
    assert (huge.level == 0).all()
