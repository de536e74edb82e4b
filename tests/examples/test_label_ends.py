"""What is known ends where the tables end that a label reads; other tables and mistyped years move nothing."""

import os
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from oracle_shop import Row, Shop
from questions import windows_of
from shop_files import read_shop
from shop_rows import START, customers, orders, visits
from shops import FAR, OFTEN, entity_tasks, is_rich, row_tasks, shops, with_derived

from banian.errors import LabelError
from banian.examples import Examples, GrainExamples, assign_roles
from banian.examples.build import build_examples, training_cutoffs
from banian.examples.label_ends import default_moment, reach_of
from banian.spec import parse_spec
from banian.tables import Database, read_database

BRIEF = settings(
    max_examples=int(os.environ.get("BANIAN_ORACLE_EXAMPLES", "1")),
    deadline=None,
    derandomize="BANIAN_ORACLE_EXAMPLES" not in os.environ,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CUTOFFS = tuple(START + days * timedelta(days=1) for days in (20, 70, 95))
small_shops = shops(entity_tasks(most=2) | row_tasks(most=2)).filter(is_rich)


def build(shop: Shop) -> Examples:
    grains = {task["for_each"] for task in shop.tree["tasks"].values() if "for_each" in task}
    with tempfile.TemporaryDirectory() as folder:
        return build_examples(read_shop(shop, Path(folder)), dict.fromkeys(grains, CUTOFFS))


def told(rows: GrainExamples, upto: int) -> dict[str, Any]:
    """The labels of the first rows as people read them."""
    split = parse_spec(f"{HEAD}{SPLIT}").split
    found: dict[str, Any] = {
        "label": np.nan_to_num(rows.label[:upto], nan=-99.5).tolist(),
        "matured": rows.matured_at[:upto].tolist(),
        "asked": rows.asked[:upto].tolist(),
        "cutoff": rows.cutoff[:upto].tolist(),
        "classes": {task: texts.to_pylist() for task, texts in rows.classes.items()},
        "items": {task: lists[:upto].to_pylist() for task, lists in rows.items.items()},
    }
    roles = assign_roles(rows, split, calibrate=True)
    for name in ("select", "valid", "refit", "calibration", "test"):
        found[name] = getattr(roles, name).sum(axis=0).tolist()
    return found


def same(one: Examples, other: Examples) -> None:
    assert one.grains.keys() == other.grains.keys()
    assert one.reach == other.reach
    for grain, rows in one.grains.items():
        assert told(rows, len(rows)) == told(other.grains[grain], len(rows))


def read_by_labels(shop: Shop) -> set[str]:
    found = set()
    for name, task in shop.tree["tasks"].items():
        windows = windows_of(shop.questions[name]["label"])
        found |= {"orders" if part[0] == "sql" else part[1]["table"] for part in windows}
        found |= set() if windows else {task["rows"]}
    return found


def quiet(row: Row) -> list[Row]:
    """Rows of nobody, which show how a table usually goes on."""
    return [dict.fromkeys(row) | {"at": START + number * OFTEN / 2} for number in range(52)]


@BRIEF
@given(shop=small_shops, visit=visits, person=customers, order=orders)
def test_rows_ahead_in_tables_that_no_label_reads_change_nothing(
    shop: Shop, visit: Row, person: Row, order: Row
):
    before = build(shop)
    ahead = [datetime(2021, 1, 1) + number * OFTEN for number in range(90)]
    if "visits" not in read_by_labels(shop):
        shop.tables["visits"] += [dict(visit, at=at, customer=1) for at in ahead]
    if "joined" in shop.tables["customers"][0]:
        shop.tables["customers"].append(dict(person, id=99, joined=FAR[0], rating=None))
    if "launched" in shop.tables.get("products", [{}])[0]:
        shop.tables["products"].append(
            dict(shop.tables["products"][0], product="new", launched=FAR[1])
        )
    if "orders" not in read_by_labels(shop):
        times = [dict(order, value=None, product="p9", customer=9, at=at) for at in ahead]
        shop.tables["orders"] += [row | keys(shop, number) for number, row in enumerate(times)]
    same(before, build(with_derived(shop)))


@BRIEF
@given(shop=small_shops, stray=orders, visit=visits, at=st.sampled_from(FAR))
def test_a_row_far_ahead_in_the_table_of_a_label_changes_no_label(
    shop: Shop, stray: Row, visit: Row, at: datetime
):
    told_times = [row["at"] for row in shop.tables["orders"] if row["at"] is not None]
    assume(max(told_times) < at)  # so that the stray row is the last
    usual = [*quiet(stray)]
    shop.tables["orders"] += [row | keys(shop, number) for number, row in enumerate(usual)]
    shop.tables["visits"] += quiet(visit)
    before = build(with_derived(shop))
    stray = dict(stray, value=None, at=at, customer=1, product="p1")
    shop.tables["orders"].append(stray | keys(shop, len(usual)))
    shop.tables["visits"].append(dict(visit, at=at, customer=1))
    same(before, build(with_derived(shop)))


def keys(shop: Shop, number: int) -> Row:
    has_key = "order" in shop.tables["orders"][0]
    return {"order": 10_000 + number} if has_key else {}


HEAD = """\
shop: s
tables:
  orders:
    {source: orders.csv, key: id, time: at, links: {who: people, what: products}, known_at: {paid: told, good: 3d}}
  lines: {source: lines.csv, time: at, links: {id: orders}}
  returns: {source: returns.csv, time: at, links: {who: people}}
  plan: {source: plan.csv, time: at, links: {what: products}}
  people: {source: people.csv, key: who, time: joined}
  products: {source: products.csv, key: what, time: launched}
  fixed: {source: fixed.csv}
tasks:
  again: PREDICT EXISTS(orders, 0, 30d) FOR EACH people
"""
SPLIT = "split: {valid: 2020-02-01, test: 2020-03-01}\n"
ENDS = {"orders": "06-20", "lines": "06-21", "returns": "06-10", "plan": "12-31"}
ENDS |= {"people": "01-05", "products": "01-31"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reach")
    rows = {
        "orders": "id,who,what,at,paid,told,good\n1,1,1,2020-01-01,1,2020-01-02,1\n2,1,1,2020-06-20,1,2021-01-01,1\n",
        "lines": "id,at,n\n1,2020-01-01,1\n2,2020-06-21,1\n",
        "returns": "who,at\n1,2020-01-01\n1,2020-06-10\n",
        "plan": "what,at\n1,2020-01-01\n1,2020-12-31\n",
        "people": "who,joined\n1,2020-01-05\n",
        "products": "what,launched\n1,2020-01-31\n",
        "fixed": "y\n1\n0\n",
    }
    for name, text in rows.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="module")
def database(folder: Path) -> Database:
    return read_database(parse_spec(HEAD + SPLIT), folder)


def asked(database: Database, question: str) -> Database:
    spec = parse_spec(f"{HEAD}  t: >-\n    {question}\n{SPLIT}")
    return replace(database, spec=spec)


def without(database: Database, *tables: str) -> Database:
    left = {name: table for name, table in database.tables.items() if name not in tables}
    return replace(database, tables=left)


ROWS = "FOR EACH orders"
PEOPLE = "FOR EACH people"
PLANNED = "SELECT o.who AS key, COUNT(*) AS value FROM orders o"
REACHES = [
    (f"PREDICT COUNT(orders, 0, 7d) {PEOPLE}", ["orders"], "06-13"),
    (f"PREDICT COUNT(orders, 0, 7d) / COUNT(returns, 0, 2d) {PEOPLE}", ["orders", "returns"], "06-08"),
    (f"PREDICT COUNT(orders, 0, 30d) + COUNT(returns, 0, 2d) {PEOPLE}", ["orders", "returns"], "05-21"),
    (f"PREDICT COUNT(orders, 0, 2d) - COUNT(returns, -9d, 0) {PEOPLE}", ["orders", "returns"], "06-10"),
    ("PREDICT COUNT(plan, 0, 7d) FOR EACH products", ["plan"], "12-24"),
    (f"PREDICT COUNT(orders, 0, 7d) {PEOPLE} WHERE EXISTS(returns, -7d, 0)", ["orders"], "06-13"),
    (f"PREDICT COUNT(orders, 0, 1d) {PEOPLE} GIVEN again", ["orders"], "05-21"),
    (f"PREDICT orders.paid {ROWS}", ["orders"], "06-20"),
    (f"PREDICT orders.good {ROWS}", ["orders"], "06-17"),
    (f"PREDICT orders.paid {ROWS} WITHIN 5d", ["orders"], "06-15"),
    (f"PREDICT EXISTS(returns SAME who, 0, 1mo) {ROWS}", ["returns"], "05-10"),
    (f"PREDICT SQL('{PLANNED} GROUP BY 1', 0, 7d) {PEOPLE}", ["orders"], "06-13"),
    (f"PREDICT SQL('{PLANNED} JOIN people p USING (who) GROUP BY 1', 0, 7d) {PEOPLE}", ["orders"], "06-13"),
    (f"PREDICT SQL('{PLANNED} JOIN plan USING (what) GROUP BY 1', 0, 7d) {PEOPLE}", ["orders", "plan"], "06-13"),
    (f"PREDICT SQL('{PLANNED} JOIN lines USING (id) GROUP BY 1', 0, 7d) {PEOPLE}", ["lines"], "06-14"),
    (f"PREDICT SQL('WITH f AS ({PLANNED} GROUP BY 1) SELECT * FROM f', 0, 7d) {PEOPLE}", ["orders"], "06-13"),
    (f"PREDICT SQL('SELECT who AS key, 1 AS value FROM people', 0, 7d) {PEOPLE}", ["people"], "2019-12-29"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "tables", "cutoff"), REACHES)
def test_labels_reach_to_where_the_tables_end_that_they_read(
    database: Database, question: str, tables: list[str], cutoff: str
):
    found = reach_of(asked(database, question), "t")
    assert found is not None
    assert list(found.tables) == tables
    assert found.until == min(datetime.fromisoformat(f"2020-{ENDS[table]}") for table in tables)
    assert found.cutoff == datetime.fromisoformat(cutoff if len(cutoff) > 5 else f"2020-{cutoff}")


def test_a_window_of_months_may_start_on_the_last_day_of_one(database: Database):
    orders = database.tables["orders"]
    ended = replace(orders, report=replace(orders.report, last="2020-02-29T00:00:00"))
    database = replace(database, tables={**database.tables, "orders": ended})
    found = reach_of(asked(database, f"PREDICT COUNT(orders, 0, 1mo) {PEOPLE}"), "t")
    assert found is not None
    assert found.cutoff == datetime(2020, 1, 31)


def test_a_window_longer_than_times_can_be_is_refused_in_words(database: Database):
    far = asked(database, f"PREDICT COUNT(orders, 0, 999999d) {PEOPLE}")
    with pytest.raises(LabelError) as error:
        training_cutoffs(far)
    assert "looks ahead longer than the data last (2020-01-01 to 2020-06-20)" in error.value.remedy


def test_what_becomes_known_after_the_end_of_its_table_is_not_known(database: Database):
    rows = build_examples(asked(database, f"PREDICT orders.paid {ROWS}"), {"people": CUTOFFS})
    label = rows.grain_of("t").label[:, -1]
    assert np.nan_to_num(label, nan=-1).tolist() == [1, -1]


def test_a_label_without_time_reaches_everywhere(database: Database):
    tables, _, _ = HEAD.partition("tasks:")
    spec = parse_spec(f"{tables}tasks: {{t: PREDICT fixed.y FOR EACH fixed}}\nsplit: {{by: id}}\n")
    assert reach_of(replace(database, spec=spec), "t") is None


COUNTED = {name: f"PREDICT COUNT({name}, 0, 7d) {PEOPLE}" for name in ("orders", "returns")}
MOMENTS = [
    (COUNTED["orders"], (), "06-20"),
    (COUNTED["returns"], (), "06-10"),
    (COUNTED["returns"], ("returns",), "06-20"),
    (COUNTED["returns"], ("returns", "orders"), "12-31"),
]


@pytest.mark.parametrize(("question", "lacking", "moment"), MOMENTS)
def test_one_asks_where_the_tables_of_the_labels_end_or_what_is_left_of_them(
    database: Database, question: str, lacking: tuple[str, ...], moment: str
):
    left = without(asked(database, question), *lacking)
    assert default_moment(left, ["t"]) == datetime.fromisoformat(f"2020-{moment}")


def test_tasks_of_one_entity_are_asked_where_the_last_of_them_reaches(database: Database):
    both = asked(database, COUNTED["returns"])
    assert default_moment(both, ["again", "t"]) == datetime(2020, 6, 20)


def test_a_label_whose_table_has_no_rows_is_not_known(database: Database):
    left = without(asked(database, COUNTED["returns"]), "returns")
    with pytest.raises(LabelError, match="its label reads returns, which has no rows"):
        reach_of(left, "t")
