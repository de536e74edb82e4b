"""What check and fit say of odd labels, beside what they refuse."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from banian.cli.main import app
from banian.datasets import write_corner_shop


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
