"""What is proposed can be pasted, and is accepted."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from banian.cli.main import app
from banian.datasets import write_corner_shop
from banian.errors import SpecError
from banian.spec import parse_spec, parse_tables
from banian.workflows.check import check
from banian.workflows.load_spec import load_spec
from banian.workflows.propose import propose


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = write_corner_shop(tmp_path_factory.mktemp("shop"), customers=200)
    text = shop.read_text()
    (shop.parent / "tables.yaml").write_text(text[: text.index("tasks:")])
    bare = {name: {"source": f"{name}.csv"} for name in ("orders", "customers")}
    (shop.parent / "bare.yaml").write_text(yaml.safe_dump({"shop": "s", "tables": bare}))
    return shop


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["propose", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_what_is_printed_can_be_pasted_and_is_accepted(shop):
    spec = shop.parent / "tables.yaml"
    code, said, _ = run(spec)
    assert code == 0
    every = said[said.index("# Paste") :].replace("  # ", "  ")
    complete = parse_spec(spec.read_text() + every)
    report = check(complete, shop.parent)
    assert set(report.tasks) == set(complete.tasks)
    labels = {task.label for task in complete.tasks.values()}
    assert any(label.startswith("EXISTS(orders, 0, ") for label in labels)
    assert any(label.startswith("SUM(orders.amount, 0, ") for label in labels)
    assert "returned" in labels
    assert all(f" {name} " in said for name in complete.tasks)


def test_a_spec_without_tasks_is_sent_here(shop):
    text = (shop.parent / "tables.yaml").read_text() + "split: {by: id}\n"
    with pytest.raises(SpecError, match="banian propose"):
        parse_spec(text)


def test_what_is_asked_already_is_not_proposed_again(shop):
    declared = load_spec(shop)
    report = propose(declared, shop.parent)
    (group,) = report.groups
    assert group.split == declared.split
    mine = {(task.grain, task.label) for task in declared.tasks.values()}
    text = yaml.safe_dump(
        {
            **yaml.safe_load((shop.parent / "tables.yaml").read_text()),
            "tasks": {task.name: task.question for task in group.tasks},
            "split": {"by": "id"} if not group.tasks else group.split.model_dump(mode="json"),
        }
    )
    asked = parse_spec(text).tasks.values()
    assert not mine & {(task.grain, task.label) for task in asked}
    assert not set(declared.tasks) & {task.name for task in group.tasks}


def test_tables_of_which_nothing_is_said_are_guessed(shop):
    code, said, _ = run(shop.parent / "bare.yaml", "--json")
    assert code == 0
    tree = json.loads(said)
    assert tree["tables"] == {
        "orders": {
            "source": "orders.csv",
            "key": "order_id",
            "time": "ordered_at",
            "links": {"customer_id": "customers"},
            "derive": {"amount": "quantity * price"},
        },
        "customers": {"source": "customers.csv", "key": "customer_id", "time": "joined_at"},
    }
    (group,) = tree["groups"]
    tasks = {task["name"]: task for task in group["tasks"]}
    parse_spec(
        yaml.safe_dump(
            {
                "shop": "s",
                "tables": tree["tables"],
                "tasks": {name: task["question"] for name, task in tasks.items()},
                "split": group["split"],
            }
        )
    )
    returned = tasks["order_returned"]
    assert (returned["grain"], returned["kind"]) == ("rows of orders", "binary")
    assert "really known only after its row?" in returned["warnings"][0]
    assert 0.05 < returned["base_rate"] < 0.3
    assert returned["probe"]["interval"][0] > 0


def test_rows_without_time_are_a_spec_of_their_own(tmp_path):
    random = np.random.default_rng(0)
    visit = random.integers(0, 2, 600)
    spend = np.where(visit & (random.random(600) < 0.5), random.integers(1, 90, 600), 0)
    mails = pd.DataFrame(
        {"age": visit + random.integers(0, 3, 600), "visit": visit, "spend": spend}
    )
    mails.to_csv(tmp_path / "mails.csv", index=False)
    spec, has_split = parse_tables("shop: s\ntables: {mails: {source: mails.csv}}")
    (group,) = propose(spec, tmp_path, has_split=has_split).groups
    assert group.split.model_dump()["by"] == "id"
    assert {task.name for task in group.tasks} == {"mail_visit", "mail_spend"}
    assert all(task.warnings for task in group.tasks)


def test_what_has_no_skill_or_was_not_tried_is_a_comment_with_the_reason(tmp_path):
    random = np.random.default_rng(0)
    at = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.sort(random.uniform(0, 300, 900)), "D")
    visits = pd.DataFrame({"at": at.floor("s"), "who": random.integers(0, 70, 900)})
    visits.to_csv(tmp_path / "visits.csv", index=False)
    pd.DataFrame({"colour": ["red", "blue"]}).to_csv(tmp_path / "paints.csv", index=False)
    (tmp_path / "shop.yaml").write_text(
        "shop: s\ntables:\n  visits: {source: visits.csv, time: at, links: {who: guests}}\n"
        "  guests: {from: visits, key: who}\n  paints: {source: paints.csv}\n"
    )
    code, said, _ = run(tmp_path / "shop.yaml")
    assert code == 0
    pasted = said[said.index("# Paste") :]
    lines = [line for line in pasted.splitlines() if "PREDICT" in line]
    assert lines
    assert all(line.startswith("  # guests_") for line in lines)
    reasons = {line.rpartition(" # ")[2].partition(":")[0] for line in lines}
    assert reasons <= {"no better than a constant", "not tried"}
    assert "no better than a constant" in reasons
    assert "No features from paints: it has neither links nor a key" in said
    asked, _ = parse_tables((tmp_path / "shop.yaml").read_text() + pasted)
    assert asked.tasks == {}
    uncommented = pasted.replace("  # ", "  ")
    complete = parse_spec((tmp_path / "shop.yaml").read_text() + uncommented)
    assert len(complete.tasks) == len(lines)


def test_nothing_to_propose_is_said_with_the_reason(tmp_path):
    pd.DataFrame({"colour": ["red", "blue"] * 9}).to_csv(tmp_path / "things.csv", index=False)
    (tmp_path / "shop.yaml").write_text("shop: s\ntables: {things: {source: things.csv}}\n")
    code, said, _ = run(tmp_path / "shop.yaml")
    assert code == 0
    assert "Nothing can be proposed. A task needs a table with time:" in said


def test_a_leak_is_left_out_with_its_column(tmp_path):
    shop = write_corner_shop(tmp_path, customers=200)
    text = shop.read_text()
    (tmp_path / "tables.yaml").write_text(text[: text.index("tasks:")])
    orders = pd.read_csv(tmp_path / "orders.csv")
    orders.assign(state=orders.returned.map({True: "x7", False: "q2"})).to_csv(
        tmp_path / "orders.csv", index=False
    )
    spec, has_split = parse_tables((tmp_path / "tables.yaml").read_text())
    report = propose(spec, tmp_path, has_split=has_split)
    assert not any(task.name == "order_returned" for task in report.groups[0].tasks)
    assert any("tables.orders.state alone predicts it" in why for why in report.left_out)
