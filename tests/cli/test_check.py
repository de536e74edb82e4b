"""What banian check prints: short, unless asked for the features or for JSON."""

import json

import pytest
import yaml
from typer.testing import CliRunner

import banian
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


def test_tables_are_looked_at_before_there_is_a_question(shop, tmp_path):
    for file in shop.parent.glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "notes.csv").write_text("text\nhello\nhello\n")
    text = shop.read_text()
    tables = text[text.index("tables:") : text.index("tasks:")]
    (tmp_path / "shop.yaml").write_text(f"shop: s\n{tables}  notes: {{source: notes.csv}}\n")
    code, said, _ = run(tmp_path / "shop.yaml")
    assert code == 0
    assert "orders: " in said
    assert "No features from notes: it has neither links nor a key" in said
    lines = said.splitlines()
    assert any("customer_id" in line and "→ customers" in line for line in lines)
    assert "hello (2)" in said
    assert "Guessed" not in said
    assert "No task is asked. banian propose " in said
    _, said, _ = run(tmp_path / "shop.yaml", "--json")
    tree = json.loads(said)
    assert (tree["tasks"], tree["guessed"]) == ({}, None)
    columns = {column["name"]: column for column in tree["columns"]["orders"]}
    assert columns["order_id"]["role"] == "key"
    assert columns["ordered_at"]["role"] == "time"
    assert columns["ordered_at"]["least"] == tree["tables"]["orders"]["first"].replace("T", " ")
    assert columns["returned"]["values"].keys() == {"true", "false"}


def test_what_nobody_declared_is_guessed_and_python_says_the_same(shop):
    bare = shop.parent / "bare.yaml"
    bare.write_text("shop: s\ntables: {orders: {source: orders.csv}}\n")
    code, said, _ = run(bare)
    assert code == 0
    guessed = yaml.safe_load(said[said.index("tables:\n") : said.index("No task")])["tables"]
    assert guessed["orders"]["time"] == "ordered_at"
    spec = banian.load_spec(bare)
    report = banian.check(spec, shop.parent)
    assert report.guessed == guessed
    assert set(report.columns) == {"orders"}
    with pytest.raises(banian.BanianError, match=r"tasks: none are asked\."):
        banian.fit(spec, shop.parent, shop.parent / "run")
    assert not (shop.parent / "run").exists()


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
    assert error.startswith("Error: tables.orders.state alone predicts it almost perfectly")
    assert "Remedy: If it becomes known later, write tables.orders: known_at: {state: " in error


ENTITIES = (
    "  again: PREDICT EXISTS(orders, 0, 30d) FOR EACH customers WHERE EXISTS(orders, -60d, 0)\n"
)


@pytest.fixture
def asking(shop, tmp_path):
    """Copy the shop, with a question about customers beside that about orders."""
    for file in shop.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    spec = tmp_path / "shop.yaml"
    spec.write_text(spec.read_text().replace("split:", ENTITIES + "split:"))
    return spec


def append(folder, name: str, row: str) -> None:
    with (folder / f"{name}.csv").open("a") as file:
        file.write(row + "\n")


def test_how_far_labels_are_known_is_said_whatever_is_dated_ahead(asking):
    _, said, _ = run(asking, "--json")
    before = json.loads(said)
    last = before["tables"]["orders"]["last"]
    assert {task["reach"] for task in before["tasks"].values()} == {last}
    assert before["tasks"]["again"]["test"] > 0
    append(asking.parent, "customers", "c-new,2030-01-01 00:00:00,PL")
    append(asking.parent, "orders", "o-new,c00001,2027-01-01 00:00:00,home,1,9.5,true")
    _, said, _ = run(asking, "--json")
    after = json.loads(said)
    (fault,) = after["tables"]["orders"]["noticed"]
    assert "lies far after all others" in fault
    rows = {"rows of orders": 1, "customers": 0}
    for name, task in before["tasks"].items():
        asked = task["asked"] + rows[task["grain"]]
        assert after["tasks"][name] == {**task, "asked": asked}
    code, said, _ = run(asking)
    (line,) = (line for line in said.splitlines() if line.split()[:1] == ["again"])
    assert (code, line.split()[-1]) == (0, last[:10])


def test_a_test_cutoff_that_leaves_a_task_without_labels_is_refused(asking):
    code, said, error = run(asking, "--set", "split.test=2025-12-10")
    assert (code, said) == (1, "")
    assert "tasks.again: no label is known from the test cutoff 2025-12-10 on" in error
    assert "tasks.returned" not in error
    latest = error.partition("Write split.test: ")[2].partition(" or earlier")[0]
    code, said, _ = run(asking, "--set", f"split.test={latest}", "--json")
    assert json.loads(said)["tasks"]["again"]["test"] > 0


def test_a_task_whose_rows_are_not_asked_late_enough_is_refused(asking):
    text = asking.read_text()
    asking.write_text(
        text.replace(
            ENTITIES, "  early: PREDICT orders.price FOR EACH orders WHERE quantity > 999\n"
        )
    )
    lines = (asking.parent / "orders.csv").read_text().splitlines()
    at = lines[0].replace('"', "").split(",").index("quantity")
    head, *rows = ([*line.split(",")] for line in lines)
    for row in rows[: len(rows) // 3]:
        row[at] = "1000"
    (asking.parent / "orders.csv").write_text(
        "\n".join(map(",".join, sorted([head]) + rows)) + "\n"
    )
    code, _, error = run(asking)
    assert code == 1
    assert "tasks.early: not one row asks from the test cutoff 2025-11-01 on" in error
