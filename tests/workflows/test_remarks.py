"""What check and fit say of odd labels, beside what they refuse."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import banian
from banian.cli.main import app
from banian.datasets import write_corner_shop
from banian.spec import parse_spec


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    return write_corner_shop(tmp_path_factory.mktemp("shop"), customers=120)


def check(shop: Path, tasks: str, *more: str):
    text = shop.read_text()
    before, after = text.index("tasks:"), text.index("split:")
    asked = shop.with_name("asked.yaml")
    asked.write_text(f"{text[:before]}tasks:\n{tasks}\n{text[after:]}")
    return CliRunner().invoke(app, ["check", str(asked), "--json", *more])


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


PER_ORDER = "SELECT customer_id AS key, SUM(price) / (COUNT(*) - 3) AS value FROM orders GROUP BY 1"
ACTIVE = "FOR EACH customers WHERE EXISTS(orders, -60d, 0)"


def test_numbers_without_end_are_absent_counted_and_named(shop):
    said = check(shop, f"  per: \"PREDICT SQL('{PER_ORDER}', 0, 30d) {ACTIVE}\"")
    tree = json.loads(said.stdout, parse_constant=refuse)
    task = tree["tasks"]["per"]
    assert task["endless"] > 0
    assert task["mean"] is not None
    (remark,) = (one for one in tree["remarks"] if "infinite" in one)
    assert f"of {task['asked']:,} rows that are asked about {task['endless']:,} have no" in remark
    assert f"Warning: {remark}" in said.stderr


def test_where_every_number_is_without_end_the_remedy_is_to_divide_by_another(shop):
    query = PER_ORDER.replace("COUNT(*) - 3", "COUNT(*) - COUNT(*)")
    said = check(shop, f"  per: \"PREDICT SQL('{query}', 0, 30d) {ACTIVE}\"")
    assert said.exit_code == 1
    assert "tasks.per: not one label is known: in " in said.stderr
    assert "NULLIF" in said.stderr


def test_a_condition_that_holds_for_nobody_is_told_from_labels_that_are_not_known(shop):
    said = check(
        shop, "  zz: PREDICT EXISTS(orders, 0, 30d) FOR EACH customers WHERE country = 'ZZ'"
    )
    assert said.exit_code == 1
    assert "tasks.zz: nobody is asked" in said.stderr
    assert "WHERE holds for none" in said.stderr


SPEND = f"  spend: PREDICT SUM(orders.amount, 0, 30d) {ACTIVE}"


def test_a_mistyped_amount_behind_a_label_is_named(shop, tmp_path):
    assert json.loads(check(shop, SPEND).stdout)["remarks"] == []
    for file in shop.parent.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    head, *lines = (tmp_path / "orders.csv").read_text().splitlines()
    at = next(at for at, line in enumerate(lines) if "2025-11-1" in line)
    cells = lines[at].split(",")
    cells[head.replace('"', "").split(",").index("price")] = "1e12"
    customer = cells[1].strip('"')
    lines[at] = ",".join(cells)
    (tmp_path / "orders.csv").write_text("\n".join([head, *lines]) + "\n")
    said = check(tmp_path / "shop.yaml", SPEND)
    assert said.exit_code == 0, said.stderr
    (remark,) = json.loads(said.stdout)["remarks"]
    assert re.match(r"tasks.spend: \d labels? (lies|lie) far from all others: 1e\+12", remark)
    assert f"customer_id {customer}" in remark
    assert "correct it in orders.amount" in remark
    assert remark in said.stderr


def frames(days: int = 200) -> pa.Table:
    """Give orders whose columns are odd labels: two texts, -1 and 1, always 5, and a weight among thousands."""
    generator = np.random.default_rng(0)
    rows = 5 * days
    start = np.datetime64("2025-01-01", "us")
    yes = generator.random(rows) < 0.3
    return pa.table(
        {
            "id": np.arange(rows),
            "who": generator.integers(0, 40, rows),
            "at": start + np.sort(generator.integers(0, days * 86_400, rows)).astype("m8[s]"),
            "yn": np.where(yes, "Yes", "No"),
            "sign": np.where(yes, 1, -1),
            "steady": np.full(rows, 5.5),
            "w": np.where(np.arange(rows) == 700, 1e12, 1.0),
        }
    )


ODD = """
shop: odd
tables:
  orders: {key: id, time: at, links: {who: people}, known_at: {yn: 1d, sign: 1d, steady: 1d}}
  people: {from: orders, key: who}
tasks: {q: "PREDICT %s"}
split: {valid: 2025-04-01, test: 2025-05-15}
"""


def remarks(asked: str) -> list[str]:
    return list(banian.check(parse_spec(ODD % asked), {"orders": frames()}).remarks)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("orders.yn FOR EACH orders", "'No' and 'Yes'; for a probability write orders.yn = 'Yes'"),
        ("orders.sign FOR EACH orders", "-1 and 1; for a probability write orders.sign = 1"),
    ],
)
def test_two_values_that_are_not_yes_or_no_are_told_with_the_question_to_write(asked, said):
    assert remarks(asked) == [f"tasks.q: two values only, {said}."]
    assert (
        remarks(asked.replace(" FOR", f" {said.rpartition(' = ')[2].join(('= ', ''))} FOR")) == []
    )


def test_a_label_that_is_always_the_same_is_told():
    (remark,) = remarks("MIN(orders.steady, 0, 30d) FOR EACH people")
    assert "labels are the same, so there is nothing to learn" in remark


def test_a_row_that_outweighs_all_others_is_told():
    (remark,) = remarks("orders.yn = 'Yes' FOR EACH orders WEIGHT w")
    assert "100% of the weight in 'w' (id 700, asked " in remark


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("s", "The label looks ahead longer than the data last (2025-01-01T"),
        ("us", "All times lie in January 1970"),
    ],
)
def test_no_cutoff_before_the_data_is_advised(unit: str, said: str):
    seconds = frames()["at"].to_numpy().astype("M8[s]").astype(np.int64)
    times = seconds.astype("M8[s]" if unit == "s" else "M8[us]")
    data = frames().set_column(2, "at", pa.array(times).cast(pa.timestamp("us")))
    spec = parse_spec(ODD % "COUNT(orders, 0, 400d) FOR EACH people")
    with pytest.raises(banian.BanianError) as error:
        banian.check(spec, {"orders": data})
    assert said in error.value.remedy
    assert "Write split.test" not in error.value.remedy
