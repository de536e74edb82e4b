"""What banian check prints: short, unless asked for the features or for JSON."""

import json

import pytest
from typer.testing import CliRunner

from banian.cli.main import app
from banian.datasets import write_corner_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = write_corner_shop(tmp_path_factory.mktemp("shop"), customers=150)
    tasks = shop.read_text().index("  repurchase:")
    rest = "  returned: {rows: orders, label: returned}\nsplit: {valid: 2025-09-01, test: 2025-11-01}\n"
    shop.write_text(shop.read_text()[:tasks] + rest)
    return shop


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_it_is_short_and_says_where_the_features_are(shop):
    code, said, _ = run(shop)
    assert code == 0
    assert len(said.splitlines()) < 12
    assert "(banian check --features lists them)" in said
    assert "Warning" not in said


def test_features_are_listed_for_people(shop):
    _, said, _ = run(shop, "--features")
    (line,) = (line for line in said.splitlines() if line.split()[:1] == ["price"])
    assert "price of the orders row" in line
    assert line.split()[-3:-1] == ["number", "100%"]
    assert 0.5 < float(line.split()[-1]) < 0.9
    assert "days since the newest event of orders" in said


def test_json_holds_every_score(shop):
    _, said, _ = run(shop, "--json")
    tree = json.loads(said)
    assert tree["warnings"] == []
    (price,) = (f for f in tree["features"]["rows of orders"]["orders"] if f["name"] == "price")
    score = price["scores"]["returned"]
    assert score["measure"] == "auc"
    assert score["interval"][0] < score["value"] < score["interval"][1]


def test_warnings_and_refusals_are_sentences(shop, tmp_path):
    for file in shop.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    lines = (tmp_path / "orders.csv").read_text().splitlines()
    head, *rows = lines
    half = [
        f"{row},{'lost' if row.endswith('true') and at % 4 else 'open'}"
        for at, row in enumerate(rows)
    ]
    (tmp_path / "orders.csv").write_text("\n".join([f"{head},state", *half]) + "\n")
    code, said, _ = run(tmp_path / "shop.yaml")
    assert code == 0
    assert "Warning: tables.orders.state alone singles out " in said
    assert "ignore: [state]" in said
    _, said, _ = run(tmp_path / "shop.yaml", "--json")
    (warning,) = json.loads(said)["warnings"]
    assert (warning["path"], warning["task"]) == ("tables.orders.state", "returned")
    copied = [f"{row},{row.rsplit(',', 1)[1]}" for row in rows]
    (tmp_path / "orders.csv").write_text("\n".join([f"{head},state", *copied]) + "\n")
    code, said, error = run(tmp_path / "shop.yaml")
    assert (code, said) == (1, "")
    assert "\nError: tables.orders.state alone predicts it almost perfectly" in error
    assert "Remedy: If it becomes known later, write tables.orders: known_at: {state: " in error
